import type { JsonObject } from "@proxbox/domain";
import { replicationStateReasonSql, replicationStateSql, unknownReasonSql } from "@proxbox/database";
import type { Lab } from "./sync-lab.ts";

export type StoredRow = JsonObject;

const tables = {
  clusters: "proxmox_cluster",
  virtualizationClusters: "virtualization_cluster",
  nodes: "proxmox_node",
  storage: "proxmox_storage",
  guests: "virtual_machine",
  replications: "replication",
} as const;
type Table = keyof typeof tables;
export type Inventory = Record<Table, StoredRow[]>;

/** Every inventory row of one endpoint, whole, in the order of creation; without the measurements of its nodes. */
export async function storedInventory({ query }: Lab, endpointId: number): Promise<Inventory> {
  const entries: [string, StoredRow[]][] = [];
  for (const [name, table] of Object.entries(tables)) {
    const rows = await query<{ row: StoredRow }>(
      `select to_jsonb(t) - 'cpu_usage' - 'memory_usage' as row from ${table} t where endpoint_id = $1 order by id`,
      [endpointId],
    );
    entries.push([name, rows.map(({ row }) => row)]);
  }
  return Object.fromEntries(entries) as Inventory;
}

export interface StaleKeys {
  nodes?: string[];
  storage?: string[];
  guests?: number[];
  replications?: string[];
}

/** Which objects of an endpoint are stored as gone; a kind without any is left out. */
export async function staleKeys({ query }: Lab, endpointId: number): Promise<StaleKeys> {
  const keys: StaleKeys = {};
  const stale = (table: string, key: string) =>
    `select ${key} as key from ${table} where endpoint_id = $1 and stale_at is not null order by 1`;
  const nodes = await query<{ key: string }>(stale("proxmox_node", "name"), [endpointId]);
  const storage = await query<{ key: string }>(stale("proxmox_storage", "name"), [endpointId]);
  const guests = await query<{ key: number }>(stale("virtual_machine", "vmid"), [endpointId]);
  const replications = await query<{ key: string }>(stale("replication", "replication_id"), [endpointId]);
  if (nodes.length > 0) keys.nodes = nodes.map(({ key }) => key);
  if (storage.length > 0) keys.storage = storage.map(({ key }) => key);
  if (guests.length > 0) keys.guests = guests.map(({ key }) => key);
  if (replications.length > 0) keys.replications = replications.map(({ key }) => key);
  return keys;
}

export interface StoredState {
  readonly state: string;
  readonly unknown: string | null;
  readonly reason: string | null;
}

/** State of every replication of an endpoint, as every reader of it computes it. */
export async function replicationStates(
  { query }: Lab,
  endpointId: number,
): Promise<Record<string, StoredState>> {
  const rows = await query<StoredState & { id: string }>(
    `select r.replication_id as id, ${replicationStateSql} as state, ${unknownReasonSql} as unknown,
            ${replicationStateReasonSql} as reason
     from replication r left join virtual_machine vm on vm.id = r.virtual_machine_id
     left join proxmox_node n on n.id = vm.node_id left join node_observation obs on obs.node_id = vm.node_id
     left join replication_runtime rt on rt.replication_id = r.id
     where r.endpoint_id = $1 order by r.replication_id`,
    [endpointId],
  );
  return Object.fromEntries(rows.map(({ id, ...state }) => [id, state]));
}

/** Runtime of one replication, times as Unix seconds. */
export async function storedRuntime(
  { query }: Lab,
  endpointId: number,
  replicationId: string,
): Promise<JsonObject | undefined> {
  const [row] = await query<JsonObject>(
    `select rt.listed, rt.state_lost, extract(epoch from rt.last_sync)::integer as last_sync,
            extract(epoch from rt.last_try)::integer as last_try, rt.duration, rt.fail_count, rt.error, rt.pid
     from replication_runtime rt join replication r on r.id = rt.replication_id
     where r.endpoint_id = $1 and r.replication_id = $2`,
    [endpointId, replicationId],
  );
  return row;
}

/** Lets the time pass that a held plan waits for a second opinion. */
export async function ageHeldPlans({ query }: Lab, endpointId: number, seconds: number): Promise<void> {
  await query(`update held_plan set held_at = held_at - make_interval(secs => $2) where endpoint_id = $1`, [
    endpointId,
    seconds,
  ]);
}
