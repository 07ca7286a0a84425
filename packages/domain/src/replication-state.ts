export const replicationStates = [
  "removing",
  "stale",
  "orphaned",
  "disabled",
  "unknown",
  "failing",
  "syncing",
  "never-synced",
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
  /** Null: no virtual machine is linked. */
  readonly virtualMachine: { readonly stale: boolean; readonly node: string | null } | null;
  /** The last word of the guest's node; null: never asked. */
  readonly observation: { readonly failed: boolean } | null;
  readonly runtime: {
    readonly listed: boolean;
    readonly stateLost: boolean;
    readonly failCount: number;
    readonly pid: number | null;
    readonly everSynced: boolean;
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
  return { state: observedState(facts.runtime), unknown: null };
}

function configuredState({ removeJob, status, virtualMachine, unresolvedReason, disable }: StateFacts) {
  if (removeJob !== null && removeJob !== "") return "removing";
  if (status === "stale") return "stale";
  if (virtualMachine?.stale === true || unresolvedReason === "gone") return "orphaned";
  return disable ? "disabled" : null;
}

function observedState(runtime: StateFacts["runtime"]): ReplicationState {
  if ((runtime?.failCount ?? 0) > 0) return "failing";
  if (typeof runtime?.pid === "number") return "syncing";
  return runtime?.everSynced === true ? "ok" : "never-synced";
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
