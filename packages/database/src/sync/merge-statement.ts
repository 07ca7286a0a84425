import type { EntityMetadata } from "typeorm";
import type { Database } from "../open-database.ts";

/** A column that holds the id of a neighbour, which the row names by Proxmox's own id. */
interface Link {
  /** The property of the row, e.g. the name of a node. */
  readonly property: string;
  readonly type: "integer" | "text";
  readonly column: string;
  readonly table: string;
  /** The neighbour's column that holds Proxmox's id. */
  readonly by: string;
}

/** How the rows of one kind are merged into their table. */
export interface MergeSpec {
  readonly entity: string;
  /** The type in the change log. */
  readonly objectType: string;
  /** Properties of the row that are columns of the entity under the same property name. */
  readonly properties: readonly string[];
  /** Which of them is Proxmox's id, unique with `scope`. */
  readonly key: string;
  /** Columns that every row of the run has, with the parameter that holds them. */
  readonly scope: Readonly<Record<string, "endpoint" | "cluster">>;
  /** The column of `scope` that is part of the unique constraint. */
  readonly uniqueWith: string;
  readonly links: readonly Link[];
  /** SQL for NetBox's display of a row under the alias `w`. */
  readonly display: string;
  /** Can a row of this kind be stale? Listing it again clears that. */
  readonly mayBeStale: boolean;
}

const scopeParameters = { endpoint: "$2::integer", cluster: "$3::integer" };

/**
 * One statement that creates and updates rows and writes their change log. Parameters: the rows as JSON, the endpoint's
 * id, the virtualization cluster's id, the user's id, the user's name, the request id. Rows that do not differ are not
 * written (rule R5).
 */
export function mergeStatement(database: Database, spec: MergeSpec): string {
  const metadata = database.source.getMetadata(spec.entity);
  const table = metadata.tableName;
  const own = spec.properties.map((property) => ownColumn(database, metadata, property));
  const key = ownColumn(database, metadata, spec.key).column;
  const linked = spec.links.map(({ column }) => column);
  const scope = Object.entries(spec.scope);
  // A row that was made by hand, without an endpoint, is adopted by the endpoint that has it.
  const adopted = spec.uniqueWith === "endpoint_id" ? [] : ["endpoint_id"];
  const compared = [...adopted, ...own.map(({ column }) => column), ...linked].filter(
    (column) => column !== key,
  );
  const insertColumns = [...scope.map(([column]) => column), ...own.map(({ column }) => column), ...linked];
  const insertValues = [
    ...scope.map(([, parameter]) => scopeParameters[parameter]),
    ...own.map(({ property }) => `i."${property}"`),
    ...spec.links.map((link) => `"${link.property}".id`),
  ];
  const recordset = [
    ...own.map(({ property, type }) => `"${property}" ${type}`),
    ...spec.links.map(({ property, type }) => `"${property}" ${type}`),
  ];
  const joins = spec.links.map(
    (link) =>
      `left join ${link.table} as "${link.property}" on "${link.property}".endpoint_id = $2
         and "${link.property}".${link.by} = i."${link.property}"`,
  );
  const uniqueValue = scopeParameters[spec.scope[spec.uniqueWith] ?? "endpoint"];
  const differs = compared.map((column) => `t.${column} is distinct from excluded.${column}`).join(" or ");
  return `
    with input as (select * from jsonb_to_recordset($1::jsonb) as i (${recordset.join(", ")})),
    before as (
      select t.* from ${table} t join input i on t.${spec.uniqueWith} = ${uniqueValue} and t.${key} = i."${spec.key}"
    ),
    written as (
      insert into ${table} as t (${insertColumns.join(", ")})
      select ${insertValues.join(", ")} from input i ${joins.join(" ")} order by i."${spec.key}"
      on conflict (${spec.uniqueWith}, ${key}) do update set
        ${compared.map((column) => `${column} = excluded.${column}`).join(", ")},
        ${spec.mayBeStale ? "stale_at = null, stale_proof = null," : ""}
        last_updated = greatest(clock_timestamp(), t.last_updated + interval '1 microsecond')
      where ${differs} ${spec.mayBeStale ? "or t.stale_at is not null" : ""}
      returning t.*
    ),
    logged as (${changeLogStatement(metadata, spec)})
    select count(*) filter (where b.id is null)::integer as created, count(b.id)::integer as updated,
           $2::integer + $3::integer as _parameters
    from written w left join before b on b.id = w.id`;
}

interface OwnColumn {
  readonly property: string;
  readonly column: string;
  readonly type: string;
}

function ownColumn(database: Database, metadata: EntityMetadata, property: string): OwnColumn {
  const column = metadata.findColumnWithPropertyName(property);
  if (column === undefined) throw new Error(`${metadata.name} has no column for ${property}`);
  return { property, column: `"${column.databaseName}"`, type: database.source.driver.normalizeType(column) };
}

/**
 * One statement that changes stored rows by key and writes their change log. `input` declares the columns of the JSON
 * rows, `set` may use them as `i`. Parameters as for a merge.
 */
export function updateStatement(
  database: Database,
  spec: MergeSpec,
  { input, set, where }: { input: string; set: string; where: string },
): string {
  const metadata = database.source.getMetadata(spec.entity);
  return `
    with input as (select * from jsonb_to_recordset($1::jsonb) as i (${input})),
    before as (select t.* from ${metadata.tableName} t join input i on t.endpoint_id = $2::integer and ${where}),
    written as (
      update ${metadata.tableName} t
      set ${set}, last_updated = greatest(clock_timestamp(), t.last_updated + interval '1 microsecond')
      from input i where t.endpoint_id = $2::integer and ${where}
      returning t.*
    ),
    logged as (${changeLogStatement(metadata, spec)})
    select count(*)::integer as updated, $3::integer as _parameters from written`;
}

/** `written` and `before` are rows of the table; `before` is null for a created one. */
function changeLogStatement(metadata: EntityMetadata, spec: { objectType: string; display: string }): string {
  return `
    insert into object_change (user_id, user_name, request_id, action, changed_object_type, changed_object_id,
                               object_repr, prechange_data, postchange_data)
    select $4::integer, $5::text, $6::uuid, case when b.id is null then 'create' else 'update' end,
           '${spec.objectType}', w.id, ${spec.display},
           case when b.id is not null then ${changeData(metadata, spec.objectType, "b")} end,
           ${changeData(metadata, spec.objectType, "w")}
    from written w left join before b on b.id = w.id order by w.id`;
}

const unlogged = [
  "id",
  "stale_at",
  "stale_proof",
  "name_key",
  "tenant_name_key",
  "custom_field_data",
  "created",
  "last_updated",
  "worst_gap",
];

/** The object as the change log shows it: foreign keys as ids under the name of the relation, no secrets. */
function changeData(metadata: EntityMetadata, objectType: string, alias: string): string {
  const foreign = metadata.relations.flatMap(({ joinColumns }) =>
    joinColumns.map(({ databaseName }) => databaseName),
  );
  const hidden = [...unlogged, ...foreign].map((column) => `'${column}'`).join(", ");
  const relations = foreign.map((column) => `'${column.replace(/_id$/, "")}', ${alias}.${column}`);
  return `(to_jsonb(${alias}) - array[${hidden}]) || jsonb_build_object(${[
    ...relations,
    `'custom_fields', ${alias}.custom_field_data, 'tags', ${tagNames(objectType, alias)}`,
  ].join(", ")})`;
}

function tagNames(objectType: string, alias: string): string {
  return `coalesce((select jsonb_agg(tag.name order by tag.weight, tag.name)
    from tagged_item item join tag on tag.id = item.tag_id
    where item.object_type = '${objectType}' and item.object_id = ${alias}.id), '[]'::jsonb)`;
}
