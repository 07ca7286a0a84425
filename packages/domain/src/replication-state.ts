export const replicationStates = [
  "removing",
  "stale",
  "orphaned",
  "disabled",
  "unknown",
  "failing",
  "syncing",
  "never-synced",
  "overdue",
  "ok",
] as const;
export type ReplicationState = (typeof replicationStates)[number];

/** Why a state is unknown. */
export type UnknownReason =
  | "guest-not-visible"
  | "node-not-known"
  | "target-is-source"
  | "node-not-observed"
  | "node-silent"
  | "not-listed"
  | "state-lost";

/** The stored values that decide the state. */
export interface StateFacts {
  readonly removeJob: string | null;
  readonly status: "active" | "stale";
  readonly unresolvedReason: string | null;
  readonly disable: boolean;
  readonly target: string;
  /** Longest time between two events of the schedule, in seconds; null: unknown, or the schedule ends. */
  readonly worstGap: number | null;
  /** Null: no virtual machine is linked. */
  readonly virtualMachine: { readonly stale: boolean; readonly node: string | null } | null;
  /** The last word of the guest's node; null: never asked. */
  readonly observation: { readonly failed: boolean } | null;
  readonly runtime: {
    readonly listed: boolean;
    readonly stateLost: boolean;
    readonly failCount: number;
    readonly pid: number | null;
    /** Seconds since the start of the last successful run; null: there was none. */
    readonly lastSyncAge: number | null;
  } | null;
}

/** Exactly one state, the first that matches, in the order of the list above. */
export function replicationState(facts: StateFacts): {
  state: ReplicationState;
  unknown: UnknownReason | null;
} {
  const settled = configuredState(facts);
  if (settled !== null) return { state: settled, unknown: null };
  const unknown = unknownReason(facts);
  if (unknown !== null) return { state: "unknown", unknown };
  return { state: observedState(facts), unknown: null };
}

function configuredState({ removeJob, status, virtualMachine, unresolvedReason, disable }: StateFacts) {
  if (removeJob !== null && removeJob !== "") return "removing";
  if (status === "stale") return "stale";
  if (virtualMachine?.stale === true || unresolvedReason === "gone") return "orphaned";
  return disable ? "disabled" : null;
}

function observedState({ runtime, worstGap }: StateFacts): ReplicationState {
  if ((runtime?.failCount ?? 0) > 0) return "failing";
  if (typeof runtime?.pid === "number") return "syncing";
  const age = runtime?.lastSyncAge ?? null;
  if (age === null) return "never-synced";
  return worstGap !== null && age > overdueAfter(worstGap) ? "overdue" : "ok";
}

/** Proxmox looks at its schedules once a minute, so no schedule is tighter than that. */
const tightestGap = 60;

/** Two worst gaps: one event may be missed without alarm, as when the node was busy with other replications. */
function overdueAfter(worstGap: number): number {
  return 2 * Math.max(worstGap, tightestGap);
}

function unknownReason({ virtualMachine, observation, runtime, target }: StateFacts): UnknownReason | null {
  if (virtualMachine === null) return "guest-not-visible";
  if (virtualMachine.node === null) return "node-not-known";
  if (virtualMachine.node === target) return "target-is-source";
  if (observation === null) return "node-not-observed";
  if (observation.failed) return "node-silent";
  if (runtime?.listed !== true) return "not-listed";
  return runtime.stateLost ? "state-lost" : null;
}
