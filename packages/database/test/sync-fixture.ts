import { randomUUID } from "node:crypto";
import type {
  ClusterRow,
  GuestRow,
  JsonObject,
  NodeRow,
  ReplicationRow,
  RuntimeRow,
  StorageRow,
} from "@proxbox/domain";
import { createTestDatabase } from "@proxbox/testing";
import type { Author, SyncWriter } from "../src/index.ts";
import { createSyncWriter } from "../src/sync/sync-writer.ts";

/** A row as it is stored, with the transaction that wrote this version of it. */
export interface Stored {
  readonly id: number;
  readonly xmin: string;
  readonly created: string;
  readonly last_updated: string;
  readonly name: string;
  readonly status: string;
  readonly stale_at: string | null;
  readonly stale_proof: JsonObject | null;
  readonly [column: string]: unknown;
}

export interface LoggedChange {
  readonly user_id: number | null;
  readonly user_name: string;
  readonly request_id: string;
  readonly action: string;
  readonly changed_object_type: string;
  readonly changed_object_id: number;
  readonly object_repr: string;
  readonly prechange_data: JsonObject | null;
  readonly postchange_data: JsonObject | null;
}

/** The tables that change log and staleness know. */
export const inventoryTables = [
  "proxmox_cluster",
  "proxmox_node",
  "proxmox_storage",
  "virtual_machine",
  "replication",
];

export type SyncFixture = Awaited<ReturnType<typeof openSyncFixture>>;

/** A database, and what a run does in it: a transaction with a writer for one endpoint. */
export async function openSyncFixture() {
  const db = await createTestDatabase();
  const query = <T>(sql: string, parameters: unknown[] = []) =>
    db.database.source.query<T[]>(sql, parameters);

  async function only<T>(sql: string, parameters: unknown[] = []): Promise<T> {
    const [row, ...more] = await query<T>(sql, parameters);
    if (row === undefined || more.length > 0) throw new Error(`not exactly one row: ${sql}`);
    return row;
  }

  /** All rows of a table, or those of one endpoint. */
  const rows = (table: string, endpointId?: number) =>
    query<Stored>(
      `select t.*, t.xmin::text as xmin from ${table} t
       ${endpointId === undefined ? "" : "where t.endpoint_id = $1"} order by 1`,
      endpointId === undefined ? [] : [endpointId],
    );

  return {
    db,
    query,
    only,

    async addEndpoint(name: string, enabled = true): Promise<number> {
      const { id } = await only<{ id: number }>(
        "insert into endpoint (name, domain, mode, enabled) values ($1, $2, 'undefined', $3) returning id",
        [name, `${name}.example`, enabled],
      );
      return id;
    },

    write<T>(endpointId: number, work: (writer: SyncWriter) => Promise<T>, author?: Author): Promise<T> {
      return db.database.source.transaction((manager) =>
        work(createSyncWriter(db.database, manager, { endpointId, author: author ?? newAuthor() })),
      );
    },

    rows,

    /** Every inventory row of an endpoint, as it is stored now. */
    async inventory(endpointId: number): Promise<Record<string, Stored[]>> {
      const entries = await Promise.all(
        inventoryTables.map(async (table) => [table, await rows(table, endpointId)] as const),
      );
      return Object.fromEntries(entries);
    },

    changes: (requestId?: string) =>
      query<LoggedChange>(
        `select * from object_change where $1::uuid is null or request_id = $1 order by id`,
        [requestId ?? null],
      ),

    close: () => db.close(),
  };
}

export const newAuthor = (): Author => ({ userId: null, userName: "proxbox-sync", requestId: randomUUID() });

export const clusterRow = (name: string, changed: Partial<ClusterRow> = {}): ClusterRow => ({
  name,
  mode: "cluster",
  nodesCount: 3,
  quorate: true,
  version: 7,
  ...changed,
});

export const nodeRow = (name: string, changed: Partial<NodeRow> = {}): NodeRow => ({
  name,
  proxmoxCluster: null,
  nodeId: 1,
  ipAddress: "10.0.0.1",
  online: true,
  local: false,
  maxCpu: 8,
  maxMemory: 2 ** 36,
  sslFingerprint: "AA:BB",
  supportLevel: "",
  ...changed,
});

export const guestRow = (vmid: number, changed: Partial<GuestRow> = {}): GuestRow => ({
  vmid,
  guestType: "qemu",
  template: false,
  node: "pve1",
  sourceName: `vm${vmid}`,
  name: `vm${vmid}`,
  status: "active",
  vcpus: 0.33,
  memory: 2048,
  disk: 32_768,
  ...changed,
});

export const storageRow = (name: string, changed: Partial<StorageRow> = {}): StorageRow => ({
  name,
  storageType: "zfspool",
  content: "images,rootdir",
  path: null,
  nodes: null,
  shared: false,
  enabled: true,
  server: null,
  port: null,
  username: null,
  export: null,
  share: null,
  pool: "rpool/data",
  monhost: null,
  namespace: null,
  datastore: null,
  subdir: null,
  mountpoint: null,
  isMountpoint: null,
  preallocation: null,
  format: null,
  pruneBackups: null,
  maxProtectedBackups: null,
  rawConfig: { storage: name, type: "zfspool" },
  ...changed,
});

export function replicationRow(
  guest: number,
  jobnum: number,
  changed: Partial<ReplicationRow> = {},
): ReplicationRow {
  const replicationId = `${guest}-${jobnum}`;
  return {
    replicationId,
    guest,
    jobnum,
    jobType: "local",
    target: "pve2",
    source: "pve1",
    schedule: "*/15",
    worstGap: 900,
    rate: null,
    comment: null,
    disable: false,
    removeJob: null,
    status: "active",
    rawConfig: { id: replicationId, target: "pve2" },
    virtualMachine: guest,
    unresolvedReason: null,
    proxmoxNode: "pve2",
    ...changed,
  };
}

export const runtimeRow = (replicationId: string, changed: Partial<RuntimeRow> = {}): RuntimeRow => ({
  replicationId,
  listed: true,
  stateLost: false,
  lastSync: 1_750_000_000,
  lastTry: 1_750_000_000,
  nextSync: 1_750_000_900,
  duration: 9.7e-5,
  failCount: 0,
  error: null,
  pid: null,
  ...changed,
});

/** The cluster, two nodes, a storage, guests and their replications. */
export async function writeInventory(
  writer: SyncWriter,
  vmids: readonly number[] = [100, 101],
): Promise<number> {
  const clusterId = (await writer.virtualizationCluster("prod")) ?? 0;
  await writer.merge("cluster", [clusterRow("prod")], clusterId);
  await writer.merge("nodes", [nodeRow("pve1"), nodeRow("pve2")], null);
  await writer.merge("storage", [storageRow("local-zfs")], clusterId);
  await writer.merge(
    "guests",
    vmids.map((vmid) => guestRow(vmid)),
    clusterId,
  );
  await writer.merge(
    "replications",
    vmids.map((vmid) => replicationRow(vmid, 0)),
    null,
  );
  await writer.mergeRuntimes(vmids.map((vmid) => runtimeRow(`${vmid}-0`)));
  return clusterId;
}
