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
export type { Answer, Failure, FailureCode, Snapshot } from "./snapshot.ts";
