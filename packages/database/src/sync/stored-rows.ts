import type { ClusterRow, RuntimeRow, StoredRow } from "@proxbox/domain";
import type { EntityManager } from "typeorm";
import { mergeSpecs, type Rows } from "./merge-specs.ts";

/**
 * The rows of one endpoint as plans compare them. Typed by the queries of this file: PostgreSQL is our own storage, its
 * constraints hold the shapes, and 10,000 rows need no second validation.
 */
export async function storedRows<Kind extends Exclude<keyof Rows, "cluster">>(
  manager: EntityManager,
  kind: Kind,
  endpointId: number,
): Promise<StoredRow<Rows[Kind]>[]> {
  const spec = mergeSpecs[kind];
  const metadata = manager.dataSource.getMetadata(spec.entity);
  const own = spec.properties.map((property) => {
    const column = metadata.findColumnWithPropertyName(property);
    const cast = column?.type === "numeric" || column?.type === "bigint" ? "::double precision" : "";
    return `t."${column?.databaseName ?? property}"${cast} as "${property}"`;
  });
  const links = spec.links.map(({ property, by }) => `"${property}".${by} as "${property}"`);
  const joins = spec.links.map(
    ({ property, table, column }) => `left join ${table} as "${property}" on "${property}".id = t.${column}`,
  );
  const rows = await manager.query<(Rows[Kind] & { readonly _stale: boolean })[]>(
    `select ${[...own, ...links].join(", ")}, t.stale_at is not null as "_stale"
     from ${metadata.tableName} t ${joins.join(" ")} where t.endpoint_id = $1`,
    [endpointId],
  );
  return rows.map((row) => ({ row, stale: row._stale }));
}

/** Every guest that has a row, and the name of the node it lives on. */
export async function guestLocations(
  manager: EntityManager,
  endpointId: number,
): Promise<Map<number, string | null>> {
  const rows = await manager.query<{ vmid: number; node: string | null }[]>(
    `select vm.vmid, n.name as node from virtual_machine vm left join proxmox_node n on n.id = vm.node_id
     where vm.endpoint_id = $1`,
    [endpointId],
  );
  return new Map(rows.map(({ vmid, node }) => [vmid, node]));
}

export async function storedClusters(manager: EntityManager, endpointId: number): Promise<ClusterRow[]> {
  return manager.query<ClusterRow[]>(
    `select name, mode, nodes_count as "nodesCount", quorate, version from proxmox_cluster
     where endpoint_id = $1 order by id`,
    [endpointId],
  );
}

/** Names that the endpoint's guests cannot have: those of other rows in their virtualization cluster. */
export async function foreignGuestNames(
  manager: EntityManager,
  endpointId: number,
  virtualizationClusterId: number,
): Promise<string[]> {
  const rows = await manager.query<{ name: string }[]>(
    `select name from virtual_machine where cluster_id = $2 and endpoint_id is distinct from $1`,
    [endpointId, virtualizationClusterId],
  );
  return rows.map(({ name }) => name);
}

/** Runtime by replication id. Whole seconds go in, so whole seconds come out. */
export async function storedRuntimes(
  manager: EntityManager,
  endpointId: number,
): Promise<Map<string, RuntimeRow>> {
  const rows = await manager.query<RuntimeRow[]>(
    `select r.replication_id as "replicationId", rt.listed, rt.state_lost as "stateLost",
            extract(epoch from rt.last_sync)::double precision as "lastSync",
            extract(epoch from rt.last_try)::double precision as "lastTry",
            extract(epoch from rt.next_sync)::double precision as "nextSync",
            rt.duration, rt.fail_count as "failCount", rt.error, rt.pid
     from replication_runtime rt join replication r on r.id = rt.replication_id where r.endpoint_id = $1`,
    [endpointId],
  );
  return new Map(rows.map((row) => [row.replicationId, row]));
}
