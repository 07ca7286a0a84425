/**
 * The model of one Proxmox VE cluster: plain data that tests may change at any time. The server keeps no copy, so
 * every change shows in the next answer.
 */
export interface World {
  /** null for a stand-alone node. */
  clusterName: string | null;
  /** SHA-256 of `pve-root-ca.pem`, the cluster's identity (contract section 4). */
  rootCaFingerprint: string;
  /** The node that answers; requests for other nodes are proxied by it. */
  localNode: string;
  /** IANA name, the same on all nodes. */
  timeZone: string;
  quorate: boolean;
  corosyncVersion: number;
  /** Every call fails while the cluster filesystem daemon is down (contract section 3). */
  clusterFilesystemDown: boolean;
  /** Somebody holds the lock of replication.cfg: runtime calls time out on it. */
  replicationLockHeld: boolean;
  nodes: Map<string, WorldNode>;
  guests: Map<number, Guest>;
  jobs: Map<string, ReplicationJob>;
  storages: Map<string, Storage>;
  pools: string[];
  users: Map<string, User>;
  /** By full token id, `user@realm!name`. */
  tokens: Map<string, Token>;
  /** Role name to privileges. */
  roles: Map<string, readonly string[]>;
  acl: AclEntry[];
  /** Signs tickets; another cluster has another key. */
  ticketKey: string;
}

export interface WorldNode {
  name: string;
  nodeid: number;
  /** null until the node has announced it. */
  ip: string | null;
  status: "online" | "offline" | "unknown";
  /** pve-manager version: nodes of a mixed cluster may differ. */
  version: string;
  sslFingerprint: string | null;
  /** What the answering node gets when it tries to reach this node while it is not online. */
  whenOffline: ProxyFailure;
  /** false once the last statistics are older than five minutes: then guests have status unknown. */
  hasStatistics: boolean;
  statistics: NodeStatistics;
  /** Node-local runtime state of replication jobs, by job id. */
  jobStates: Map<string, JobState>;
  /** Lines of the last run's log, by job id. */
  jobLogs: Map<string, string[]>;
}

export interface ProxyFailure {
  status: 595 | 596;
  reason: string;
  delayMs: number;
}

/** cpu is a share of 1, sizes are bytes, uptime is seconds. */
export interface NodeStatistics {
  cpu: number;
  maxcpu: number;
  mem: number;
  maxmem: number;
  disk: number;
  maxdisk: number;
  uptime: number;
}

export interface Guest {
  vmid: number;
  type: "qemu" | "lxc";
  node: string;
  /** null for a guest without a name, which Proxmox lists as `VM 100` or `CT100`. */
  name: string | null;
  /** `running`, `stopped` or any QEMU state such as `paused`. */
  status: string;
  template: boolean;
  tags: string[];
  lock: string | null;
  pool: string | null;
  hastate: string | null;
  cores: number;
  memoryBytes: number;
  diskBytes: number;
  uptime: number;
  /** Settings as in the guest's configuration file, such as `scsi0` or `rootfs`. */
  disks: Record<string, string>;
}

/** A section of replication.cfg; null means that the key is missing there. */
export interface ReplicationJob {
  /** `<guest>-<jobnum>` */
  id: string;
  /** Only `local` exists; other types are skipped by the parser. */
  type: string;
  /** null breaks the whole list in 7 and later (contract section 5). */
  target: string | null;
  source: string | null;
  schedule: string | null;
  rate: number | null;
  /** false is a hand-written `disable 0`, which arrives as 0. */
  disable: boolean | null;
  comment: string | null;
  removeJob: "full" | "local" | null;
}

/** Times are Unix seconds, 0 for never; duration is seconds. */
export interface JobState {
  lastTry: number;
  lastSync: number;
  failCount: number;
  duration: number | null;
  error: string | null;
  pid: number | null;
}

export interface Storage {
  id: string;
  type: string;
  content: string[];
  /** null: on all nodes. */
  nodes: string[] | null;
  disabled: boolean;
  shared: boolean;
  /** Further keys by type, such as `path`, `pool` or `server`. */
  settings: Record<string, string>;
  /** Nodes on which it does not answer: listed there as inactive. */
  inactiveOn: string[];
  total: number;
  used: number;
}

export interface User {
  id: string;
  password: string;
  enabled: boolean;
  groups: string[];
  secondFactor: SecondFactor | null;
}

/** The answers that the second login step accepts. */
export interface SecondFactor {
  totp: string;
  recovery: string[];
}

export interface Token {
  id: string;
  secret: string;
  /** A privilege-separated token has no rights but its own entries, cut by its user's (contract section 7). */
  privsep: boolean;
  /** Unix seconds, 0 for never. */
  expire: number;
}

export interface AclEntry {
  path: string;
  kind: "user" | "group" | "token";
  /** User id, group name or full token id. */
  subject: string;
  role: string;
  propagate: boolean;
}

/** The guest number of a job id. */
export function guestOf(jobId: string): number {
  return Number.parseInt(jobId, 10);
}

/** The node of that name; throws when the world has none. */
export function nodeOf(world: World, name: string): WorldNode {
  const node = world.nodes.get(name);
  if (!node) throw new Error(`the world has no node ${name}`);
  return node;
}
