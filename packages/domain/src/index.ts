export { absenceOf, type Coverage, coverageOf, type KnownEndpoint } from "./coverage.ts";
export { type CustomField, type CustomFieldType, customFieldTypes } from "./custom-field.ts";
export { desiredCluster, desiredGuests, desiredNodes, desiredStorage } from "./desired-inventory.ts";
export { desiredReplications, desiredRuntimes } from "./desired-replications.ts";
export { decideHold, type HeldPlan, type HoldDecision } from "./held-plan.ts";
export {
  type Absence,
  type Change,
  type Kind,
  type Plan,
  planRows,
  type Proof,
  type StoredRow,
} from "./plan.ts";
export type {
  ClusterMember,
  ClusterStatus,
  GuestFacts,
  GuestType,
  JsonObject,
  JsonValue,
  NodeFacts,
  PermissionMap,
  ProxmoxVersion,
  ReplicationConfig,
  ReplicationRuntime,
  StorageFacts,
} from "./proxmox-values.ts";
export {
  type ReplicationState,
  replicationState,
  replicationStates,
  type StateFacts,
  type UnknownReason,
} from "./replication-state.ts";
export type {
  ClusterRow,
  GuestRow,
  NodeRow,
  ReplicationRow,
  RuntimeRow,
  StorageRow,
  VirtualMachineStatus,
} from "./rows.ts";
export { errorOf, type ItemError, type RunReport, type StageReport } from "./run-report.ts";
export type { Answer, Failure, FailureCode, Snapshot } from "./snapshot.ts";
export { type Stage, stagesOf, type SyncType, syncTypes } from "./sync-types.ts";
export type {
  Comparable,
  JsonMember,
  ListPage,
  ListQuery,
  Order,
  Page,
  Restriction,
  Term,
} from "./list-query.ts";
