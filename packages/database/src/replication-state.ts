/**
 * The state of a replication as SQL, over `r` (replication), `vm` (its virtual machine), `n` (the node that the guest
 * lives on), `obs` (that node's observation) and `rt` (runtime), all but `r` joined LEFT. The same decisions, in the same
 * order, as `replicationState` of the domain; a test compares the two.
 */
const unknownConditions = [
  { reason: "guest-not-visible", when: "vm.id is null" },
  { reason: "node-not-known", when: "n.id is null" },
  { reason: "target-is-source", when: "n.name = r.target" },
  { reason: "node-not-observed", when: "obs.node_id is null" },
  { reason: "node-silent", when: "obs.failure_code is not null" },
  { reason: "not-listed", when: "rt.listed is not true" },
  { reason: "state-lost", when: "rt.state_lost" },
] as const;

const settled = [
  { state: "removing", when: "r.remove_job is not null and r.remove_job <> ''" },
  { state: "stale", when: "r.status = 'stale'" },
  { state: "orphaned", when: "vm.stale_at is not null or r.unresolved_reason is not distinct from 'gone'" },
  { state: "disabled", when: "r.disable" },
] as const;

const isUnknown = `(${unknownConditions.map(({ when }) => `(${when})`).join(" or ")})`;

/** Two worst gaps of the schedule ago; `greatest` would take the minute for an unknown gap. */
const isOverdue =
  "r.worst_gap is not null and rt.last_sync < now() - make_interval(secs => 2 * greatest(r.worst_gap, 60))";

/** Exactly one of the domain's states. */
export const replicationStateSql = `case
  ${settled.map(({ state, when }) => `when ${when} then '${state}'`).join("\n  ")}
  when ${isUnknown} then 'unknown'
  when rt.fail_count > 0 then 'failing'
  when rt.pid is not null then 'syncing'
  when rt.last_sync is null then 'never-synced'
  when ${isOverdue} then 'overdue'
  else 'ok' end`;

/** Why the state is unknown, as the domain names it; null for the other states. */
export const unknownReasonSql = `case
  ${settled.map(({ when }) => `when ${when} then null`).join("\n  ")}
  ${unknownConditions.map(({ reason, when }) => `when ${when} then '${reason}'`).join("\n  ")}
  end`;

const sentences: Record<(typeof unknownConditions)[number]["reason"], string> = {
  "guest-not-visible": `'Guest ' || r.guest || ' is not visible: give the credentials VM.Audit on /vms/' || r.guest || '.'`,
  "node-not-known": `'The node of the guest is not known yet: sync the devices of the endpoint.'`,
  "target-is-source": `'The target ' || r.target || ' is the node that the guest lives on, so Proxmox runs no replication.'`,
  "node-not-observed": `'Node ' || n.name || ' was not asked yet: sync the endpoint.'`,
  "node-silent": `'Node ' || n.name || ' gave no state: ' || obs.failure_message`,
  "not-listed": `'Node ' || n.name || ' does not list this replication: the guest may be migrating; the next sync will tell.'`,
  "state-lost": `'Node ' || n.name || ' has no record of an earlier replication: its next successful run will tell.'`,
};

/** A sentence for the operator: why the state is what it is, and what would make an unknown one known; else null. */
export const replicationStateReasonSql = `case
  when r.remove_job is not null and r.remove_job <> '' then 'Proxmox is removing this replication.'
  when r.status = 'stale' then 'Proxmox no longer has this replication.'
  when ${settled[2].when} then 'Guest ' || r.guest || ' does not exist any more.'
  when r.disable then 'Disabled in Proxmox.'
  ${unknownConditions.map(({ reason, when }) => `when ${when} then ${sentences[reason]}`).join("\n  ")}
  when rt.fail_count > 0 then coalesce(rt.error, 'The last ' || rt.fail_count || ' runs failed.')
  when rt.pid is null and ${isOverdue} then
    'The last success is older than the schedule ' || r.schedule || ' allows, twice over: see the log of the replication on node ' || n.name || '.'
  end`;
