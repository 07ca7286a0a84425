/**
 * What Proxmox VE says, after tolerant reading: numbers are numbers, flags are booleans, Proxmox's time codes 0 and 1
 * are null, sets are sorted arrays. `null` in a statistic means "not said", never "zero" or "gone".
 */
export interface ProxmoxVersion {
  readonly version: string;
  readonly release: string;
  readonly repoid: string;
}

export interface ClusterStatus {
  /** Null for a stand-alone node, which has no cluster entry. */
  readonly cluster: {
    readonly name: string;
    readonly nodes: number;
    readonly version: number | null;
    readonly quorate: boolean;
  } | null;
  readonly members: readonly ClusterMember[];
}

export interface ClusterMember {
  readonly name: string;
  readonly nodeId: number;
  /** Null until the node has announced its address. */
  readonly ip: string | null;
  readonly online: boolean;
  /** True for the node that answered. */
  readonly local: boolean;
}

export interface NodeFacts {
  readonly name: string;
  readonly status: "online" | "offline" | "unknown";
  readonly sslFingerprint: string | null;
  readonly level: string | null;
  /** Share of all processors in use, 0..1. */
  readonly cpu: number | null;
  readonly maxCpu: number | null;
  /** Bytes. */
  readonly memory: number | null;
  readonly maxMemory: number | null;
}

export type GuestType = "qemu" | "lxc";

export interface GuestFacts {
  readonly vmid: number;
  readonly type: GuestType;
  readonly node: string;
  /** `running`, `stopped`, any QEMU state, or `unknown` without fresh statistics. */
  readonly status: string;
  readonly name: string | null;
  readonly template: boolean | null;
  readonly maxCpu: number | null;
  /** Bytes. */
  readonly maxMemory: number | null;
  /** Bytes. */
  readonly maxDisk: number | null;
}

export interface StorageFacts {
  readonly name: string;
  readonly type: string;
  readonly content: readonly string[];
  /** Null: all nodes. */
  readonly nodes: readonly string[] | null;
  readonly shared: boolean;
  readonly enabled: boolean;
  readonly path: string | null;
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
  /** What was sent, without `digest` (it changes with any other storage) and with set-like lists sorted. */
  readonly raw: JsonObject;
}

export interface ReplicationConfig {
  /** `<guest>-<jobnum>`, e.g. `100-0`. */
  readonly replicationId: string;
  readonly guest: number;
  readonly jobnum: number;
  readonly jobType: "local";
  readonly target: string;
  /** The guest's node when Proxmox last looked; may be out of date or missing (contract section 5). */
  readonly source: string | null;
  /** Proxmox's default, every 15 minutes, where the key is missing. */
  readonly schedule: string;
  /** MB/s; null is unlimited. */
  readonly rate: number | null;
  readonly disable: boolean;
  readonly comment: string | null;
  readonly removeJob: "local" | "full" | null;
  /** Exactly the keys that were sent. */
  readonly raw: JsonObject;
}

export interface ReplicationRuntime {
  readonly replicationId: string;
  readonly guest: number;
  /** Unix seconds; null means never (wire 0). */
  readonly lastSync: number | null;
  /** Unix seconds; null means never, or "schedule now" was pressed (wire 0). */
  readonly lastTry: number | null;
  /** Unix seconds; null where the wire value is a code or says "due now" (contract section 6). */
  readonly nextSync: number | null;
  /** Seconds; null before the first finished run. */
  readonly duration: number | null;
  readonly failCount: number;
  readonly error: string | null;
  /** Null unless the job runs right now. */
  readonly pid: number | null;
}

/** Path -> privilege -> does it propagate. Presence is the right; the value only says how far it reaches. */
export type PermissionMap = Readonly<Record<string, Readonly<Record<string, boolean>>>>;

export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;
export interface JsonObject {
  [key: string]: JsonValue;
}
