import type { GuestType, JsonObject } from "./proxmox-values.ts";

/**
 * What a sync owns of each stored row: the columns that it may write. Operator-owned columns are not here, so no plan
 * can touch them (rule R6). Relations are named by Proxmox's own ids, never by ours.
 */
export interface ClusterRow {
  readonly name: string;
  readonly mode: "standalone" | "cluster";
  readonly nodesCount: number;
  readonly quorate: boolean;
  readonly version: number | null;
}

export interface NodeRow {
  readonly name: string;
  /** Name of the cluster it belongs to; null while nobody may tell. */
  readonly proxmoxCluster: string | null;
  readonly nodeId: number | null;
  readonly ipAddress: string;
  readonly online: boolean;
  readonly local: boolean;
  readonly maxCpu: number | null;
  /** Bytes. */
  readonly maxMemory: number | null;
  readonly sslFingerprint: string;
  readonly supportLevel: string;
}

export interface StorageRow {
  readonly name: string;
  readonly storageType: string | null;
  readonly content: string | null;
  readonly path: string | null;
  readonly nodes: string | null;
  readonly shared: boolean;
  readonly enabled: boolean;
  readonly server: string | null;
  readonly port: number | null;
  readonly username: string | null;
  readonly export: string | null;
  readonly share: string | null;
  readonly pool: string | null;
  readonly monhost: string | null;
  readonly namespace: string | null;
  readonly datastore: string | null;
  readonly subdir: string | null;
  readonly mountpoint: string | null;
  readonly isMountpoint: string | null;
  readonly preallocation: string | null;
  readonly format: string | null;
  readonly pruneBackups: string | null;
  readonly maxProtectedBackups: number | null;
  readonly rawConfig: JsonObject;
}

export interface GuestRow {
  readonly vmid: number;
  readonly guestType: GuestType;
  readonly template: boolean;
  /** Name of the node that the guest lives on. */
  readonly node: string;
  /** Proxmox's name; null when it was never told. */
  readonly sourceName: string | null;
  /** NetBox's name: unique in the cluster, at most 64 characters. */
  readonly name: string;
  readonly status: VirtualMachineStatus;
  readonly vcpus: number | null;
  /** MB, like disk. */
  readonly memory: number | null;
  readonly disk: number | null;
}

export type VirtualMachineStatus = "active" | "offline" | "paused" | "failed";

export interface ReplicationRow {
  readonly replicationId: string;
  readonly guest: number;
  readonly jobnum: number;
  readonly jobType: "local";
  readonly target: string;
  readonly source: string | null;
  readonly schedule: string;
  /** Longest time between two events of the schedule, in seconds; null for one that ends, or that nobody can read. */
  readonly worstGap: number | null;
  readonly rate: number | null;
  readonly comment: string | null;
  readonly disable: boolean;
  readonly removeJob: "local" | "full" | null;
  readonly status: "active";
  readonly rawConfig: JsonObject;
  /** The guest's vmid if there is a row for it, else null with the reason (rule R3). */
  readonly virtualMachine: number | null;
  readonly unresolvedReason: "not-visible" | "gone" | null;
  /** The target's name if there is a row for it. */
  readonly proxmoxNode: string | null;
}

export interface RuntimeRow {
  readonly replicationId: string;
  readonly listed: boolean;
  readonly stateLost: boolean;
  /** Unix seconds, like the two below. */
  readonly lastSync: number | null;
  readonly lastTry: number | null;
  readonly nextSync: number | null;
  readonly duration: number | null;
  readonly failCount: number;
  readonly error: string | null;
  readonly pid: number | null;
}
