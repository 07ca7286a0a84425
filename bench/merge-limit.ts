import type { Database } from "@proxbox/database";

/**
 * Limit (a): what PostgreSQL alone needs to merge the rows of a sync, change log included: one hand-written statement
 * per table, all rows as one JSON value, in one transaction. Written apart from the product's statements on purpose.
 */
const tables = [
  { name: "proxmox_node", key: "endpoint_id, name", type: "netbox_proxbox.proxmoxnode", display: "name" },
  {
    name: "proxmox_storage",
    key: "cluster_id, name",
    type: "netbox_proxbox.proxmoxstorage",
    display: "name",
  },
  {
    name: "virtual_machine",
    key: "endpoint_id, vmid",
    type: "virtualization.virtualmachine",
    display: "name",
  },
  {
    name: "replication",
    key: "endpoint_id, replication_id",
    type: "netbox_proxbox.replication",
    display: "guest || ' - ' || replication_id",
  },
] as const;

/** Rows of a synced database as JSON, by table; what the merge of another database is fed with. */
export async function readRows(database: Database): Promise<Map<string, string>> {
  const rows = new Map<string, string>();
  for (const name of [...prepared, ...tables.map((table) => table.name), "replication_runtime"]) {
    const [row] = await database.source.query<{ json: string }[]>(
      `select coalesce(jsonb_agg(t order by 1), '[]')::text as json from ${name} t`,
    );
    rows.set(name, row?.json ?? "[]");
  }
  return rows;
}

/** What the rows refer to is there before the merge: a handful of rows that are not part of the measurement. */
const prepared = ["endpoint", "virtualization_cluster", "proxmox_cluster"];

export async function prepareMerge(database: Database, rows: ReadonlyMap<string, string>): Promise<void> {
  for (const name of prepared) {
    await database.source.query(
      `insert into ${name} select * from jsonb_populate_recordset(null::${name}, $1::jsonb)`,
      [rows.get(name)],
    );
  }
}

/** Merges all rows; returns milliseconds. */
export async function merge(database: Database, rows: ReadonlyMap<string, string>): Promise<number> {
  const columns = new Map<string, string[]>();
  for (const { name } of [...tables, { name: "replication_runtime" }])
    columns.set(name, await writable(database, name));
  const begun = performance.now();
  await database.source.transaction(async (manager) => {
    for (const table of tables) {
      await manager.query(statement(table, columns.get(table.name) ?? []), [rows.get(table.name)]);
    }
    const runtime = columns.get("replication_runtime") ?? [];
    await manager.query(
      `insert into replication_runtime as t select * from jsonb_populate_recordset(null::replication_runtime, $1::jsonb)
       on conflict (replication_id) do update set ${assignments(runtime)} where ${differences(runtime)}`,
      [rows.get("replication_runtime")],
    );
  });
  return performance.now() - begun;
}

function statement(table: (typeof tables)[number], columns: readonly string[]): string {
  const list = columns.join(", ");
  const compared = columns.filter((column) => !["id", "created", "last_updated"].includes(column));
  return `
    with written as (
      insert into ${table.name} as t (${list})
      select ${list} from jsonb_populate_recordset(null::${table.name}, $1::jsonb)
      on conflict (${table.key}) do update set ${assignments(compared)}, last_updated = clock_timestamp()
      where ${differences(compared)}
      returning t.*, t.xmax = 0 as created_now
    )
    insert into object_change (user_name, request_id, action, changed_object_type, changed_object_id, object_repr,
                               postchange_data)
    select 'bench', '00000000-0000-0000-0000-000000000000', case when created_now then 'create' else 'update' end,
           '${table.type}', id, ${table.display}, to_jsonb(written) from written`;
}

function assignments(columns: readonly string[]): string {
  return columns.map((column) => `${column} = excluded.${column}`).join(", ");
}

function differences(columns: readonly string[]): string {
  return columns.map((column) => `t.${column} is distinct from excluded.${column}`).join(" or ");
}

async function writable(database: Database, table: string): Promise<string[]> {
  const rows = await database.source.query<{ name: string }[]>(
    `select quote_ident(column_name) as name from information_schema.columns
     where table_name = $1 and is_generated = 'NEVER' order by ordinal_position`,
    [table],
  );
  return rows.map(({ name }) => name);
}
