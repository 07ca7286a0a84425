import type {
  ClusterStatus,
  GuestFacts,
  NodeFacts,
  PermissionMap,
  ProxmoxVersion,
  ReplicationConfig,
  ReplicationRuntime,
  StorageFacts,
} from "./proxmox-values.ts";

/**
 * Why a call to Proxmox gave no value.
 * `unreachable`: no connection, time-out, broken connection, or the answering node could not reach the node in the path.
 * `tls`: the certificate is not trusted. `unauthorized`: the credentials are refused. `forbidden`: a right is missing.
 * `not-found`: Proxmox says that the thing does not exist. `bad-answer`: not what Proxmox sends (shape, size, redirect).
 * `server-error`: Proxmox itself failed. `node-offline`: not asked, the cluster says that the node is down.
 */
export type FailureCode =
  | "unreachable"
  | "tls"
  | "unauthorized"
  | "forbidden"
  | "not-found"
  | "bad-answer"
  | "server-error"
  | "node-offline";

export interface Failure {
  readonly code: FailureCode;
  /** A sentence for an operator: what happened and what to do. Never holds a secret. */
  readonly message: string;
}

/** The outcome of one call. `call` is the path asked (for the proof of R2), `at` the ISO time of the outcome. */
export type Answer<T> =
  | { readonly ok: true; readonly call: string; readonly at: string; readonly value: T }
  | { readonly ok: false; readonly call: string; readonly at: string; readonly failure: Failure };

/** What one endpoint answered in one run. A kind that was not asked for is null. */
export interface Snapshot {
  readonly version: Answer<ProxmoxVersion>;
  readonly permissionsBefore: Answer<PermissionMap>;
  readonly clusterStatus: Answer<ClusterStatus>;
  /** SHA-256 fingerprint of the cluster's root certificate: the identity of a cluster (contract section 4). */
  readonly identity: Answer<string>;
  readonly nodes: Answer<readonly NodeFacts[]>;
  readonly guests: Answer<readonly GuestFacts[]> | null;
  readonly storage: Answer<readonly StorageFacts[]> | null;
  /** One answer per node, `node-offline` for those that were not asked. */
  readonly runtimes: ReadonlyMap<string, Answer<readonly ReplicationRuntime[]>>;
  readonly replications: Answer<readonly ReplicationConfig[]> | null;
  readonly permissionsAfter: Answer<PermissionMap>;
  /** Is the path (`/vms/104`, `/storage/local`) visible? Asked after the lists, for every vanished object. */
  readonly visibility: ReadonlyMap<string, Answer<boolean>>;
}
