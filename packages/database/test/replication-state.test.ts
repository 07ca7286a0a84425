import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { replicationState, type StateFacts } from "@proxbox/domain";
import { replicationStateReasonSql, replicationStateSql, unknownReasonSql } from "../src/index.ts";
import { openSyncFixture, type SyncFixture } from "./sync-fixture.ts";

let fixture: SyncFixture;
beforeAll(async () => {
  fixture = await openSyncFixture();
});
afterAll(() => fixture.close());

interface StoredState {
  readonly id: number;
  readonly state: string;
  readonly unknown: string | null;
  readonly reason: string | null;
}

function product<A, B>(left: readonly A[], right: readonly B[]): [A, B][] {
  return left.flatMap((a) => right.map((b): [A, B] => [a, b]));
}

const observations = [null, { failed: false }, { failed: true }];
/** A node for every word that it may have had: named after it. */
const nodes = observations.map((observation) => ({
  name: observation === null ? "unasked" : observation.failed ? "silent" : "answering",
  observation,
}));
const guests = product([false, true], [null, ...nodes]).map(([stale, node], index) => ({
  vmid: 100 + index,
  stale,
  node,
}));

/** Seconds ago; minutes away from the limits, so that the time of the comparison does not matter. */
const lastSyncAges = [null, 60, 1_000, 2_500];
const flags = product(product([false, true], [false, true]), lastSyncAges);
const numbers = product([0, 3], [null, 4711]);
const runtimes = [
  null,
  ...product(flags, numbers).map(([[[listed, stateLost], lastSyncAge], [failCount, pid]]) => ({
    listed,
    stateLost,
    lastSyncAge,
    failCount,
    pid,
  })),
];
const configurations = product(
  product([null, "", "local", "full"], ["active", "stale"] as const),
  product([null, "not-visible", "gone"], [false, true]),
);
const neighbours = product([null, ...guests], ["answering", "elsewhere"]);

/** Every combination of the columns that decide a state, as a row to store. */
const combinations = product(product(configurations, neighbours), runtimes)
  .filter(([[[, [reason]], [guest]]]) => guest !== null || reason !== null)
  .map(([[[[removeJob, status], [unresolvedReason, disable]], [guest, target]], runtime], index) => ({
    id: index + 1,
    removeJob,
    status,
    unresolvedReason,
    disable,
    target,
    // Every runtime meets each of them: neighbours in the list differ in their runtime.
    worstGap: [null, 1, 900][Math.floor(index / runtimes.length) % 3] ?? null,
    guest,
    runtime,
  }));
type Combination = (typeof combinations)[number];

function factsOf({ guest, runtime, ...configured }: Combination): StateFacts {
  return {
    ...configured,
    virtualMachine: guest === null ? null : { stale: guest.stale, node: guest.node?.name ?? null },
    observation: guest?.node?.observation ?? null,
    runtime,
  };
}

async function store(): Promise<void> {
  const endpointId = await fixture.addEndpoint("pve");
  await fixture.query(
    `insert into proxmox_node (endpoint_id, name) select $1, name from jsonb_to_recordset($2) as i (name text)`,
    [endpointId, JSON.stringify(nodes)],
  );
  await fixture.query(
    `insert into node_observation (node_id, observed_at, failure_code, failure_message)
     select n.id, now(), i.failure, i.failure
     from jsonb_to_recordset($1) as i (name text, failure text) join proxmox_node n on n.name = i.name`,
    [
      JSON.stringify(
        nodes
          .filter(({ observation }) => observation !== null)
          .map(({ name, observation }) => ({
            name,
            failure: observation?.failed === true ? "timeout" : null,
          })),
      ),
    ],
  );
  await fixture.query(
    `insert into virtual_machine (endpoint_id, vmid, name, node_id, stale_at, stale_proof)
     select $1, i.vmid, 'vm' || i.vmid, n.id, case when i.stale then now() end, case when i.stale then '{}'::jsonb end
     from jsonb_to_recordset($2) as i (vmid integer, stale boolean, node text)
     left join proxmox_node n on n.name = i.node`,
    [endpointId, JSON.stringify(guests.map((guest) => ({ ...guest, node: guest.node?.name ?? null })))],
  );
  const rows = combinations.map(({ guest, ...row }) => ({ ...row, vmid: guest?.vmid ?? null }));
  await fixture.query(
    `insert into replication (id, endpoint_id, replication_id, guest, jobnum, target, status, disable, remove_job,
       unresolved_reason, worst_gap, virtual_machine_id)
     select i.id, $1, i.id || '-0', i.id, 0, i.target, i.status, i.disable, i."removeJob", i."unresolvedReason",
       i."worstGap", vm.id
     from jsonb_to_recordset($2) as i (id integer, target text, status text, disable boolean, "removeJob" text,
       "unresolvedReason" text, "worstGap" integer, vmid integer)
     left join virtual_machine vm on vm.vmid = i.vmid`,
    [endpointId, JSON.stringify(rows)],
  );
  await fixture.query(
    `insert into replication_runtime (replication_id, listed, state_lost, last_sync, fail_count, pid)
     select i.id, rt.listed, rt."stateLost", now() - make_interval(secs => rt."lastSyncAge"), rt."failCount", rt.pid
     from jsonb_to_recordset($1) as i (id integer, runtime jsonb),
       jsonb_to_record(i.runtime) as rt (listed boolean, "stateLost" boolean, "lastSyncAge" double precision,
         "failCount" integer, pid integer)`,
    [JSON.stringify(rows.filter(({ runtime }) => runtime !== null))],
  );
}

test("SQL and the domain give the same state and reason for every combination of stored values", async () => {
  await store();
  const stored = await fixture.query<StoredState>(
    `select r.id, ${replicationStateSql} as state, ${unknownReasonSql} as unknown,
       ${replicationStateReasonSql} as reason
     from replication r left join virtual_machine vm on vm.id = r.virtual_machine_id
     left join proxmox_node n on n.id = vm.node_id left join node_observation obs on obs.node_id = n.id
     left join replication_runtime rt on rt.replication_id = r.id order by r.id`,
  );
  expect(stored).toHaveLength(combinations.length);
  const differing = combinations.filter((combination, index) => {
    const { state, unknown } = replicationState(factsOf(combination));
    const row = stored[index];
    return row?.id !== combination.id || row.state !== state || row.unknown !== unknown;
  });
  expect(differing.slice(0, 3)).toEqual([]);

  // Each state and each reason was met, so the comparison left nothing out.
  expect([...new Set(stored.map(({ state }) => state))].toSorted()).toEqual([
    "disabled",
    "failing",
    "never-synced",
    "ok",
    "orphaned",
    "overdue",
    "removing",
    "stale",
    "syncing",
    "unknown",
  ]);
  expect([...new Set(stored.map(({ unknown }) => unknown ?? ""))].toSorted()).toEqual([
    "",
    "guest-not-visible",
    "node-not-known",
    "node-not-observed",
    "node-silent",
    "not-listed",
    "state-lost",
    "target-is-source",
  ]);

  const selfExplaining = ["ok", "syncing", "never-synced"];
  const unexplained = stored.filter(
    ({ state, reason }) => selfExplaining.includes(state) !== (reason === null),
  );
  expect(unexplained.slice(0, 3)).toEqual([]);
});
