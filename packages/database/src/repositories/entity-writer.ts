import type { EntityManager, EntityMetadata, EntityTarget, ObjectLiteral } from "typeorm";
import type { ColumnMetadata } from "typeorm/metadata/ColumnMetadata.js";
import { z } from "zod";
import type { RowWriter, WrittenValues } from "./logged-store.ts";

/** So many rows of even the widest table stay below PostgreSQL's 65,535 parameters of one statement. */
const rowsPerInsert = 1_000;

/**
 * Writes the rows of an entity by the names that list queries and requests use: a property's own name, or a relation's
 * name with the id of the other row. Throws Error for a name that is neither.
 */
export function entityWriter<Entity extends ObjectLiteral>(
  table: string,
  entity: EntityTarget<Entity>,
): Required<RowWriter> {
  const writer: Required<RowWriter> = {
    table,

    async insert(manager, values) {
      const [id] = await writer.insertMany(manager, [values]);
      if (id === undefined) throw new Error(`A new row of ${table} has no id`);
      return id;
    },

    async insertMany(manager, rows) {
      const { metadata } = manager.getRepository(entity);
      const ids: number[] = [];
      for (let start = 0; start < rows.length; start += rowsPerInsert) {
        const part = rows.slice(start, start + rowsPerInsert);
        ids.push(...(await insert(manager, metadata, part)));
      }
      return ids;
    },

    async update(manager, id, values) {
      await writer.updateMany(manager, [{ id, values }]);
      return { secretsChanged: false };
    },

    async updateMany(manager, rows) {
      const { metadata } = manager.getRepository(entity);
      // Checked at the end of a statement, they would let rows swap their values (contract W-13).
      const isDeferrable = metadata.uniques.some(({ deferrable }) => deferrable !== undefined);
      if (!isDeferrable) await update(manager, metadata, rows);
      else for (const row of rows) await update(manager, metadata, [row]);
    },
  };
  return writer;
}

async function insert(
  manager: EntityManager,
  metadata: EntityMetadata,
  rows: readonly WrittenValues[],
): Promise<number[]> {
  const result = await manager
    .createQueryBuilder()
    .insert()
    .into(metadata.target)
    .values(
      rows.map((values): ObjectLiteral =>
        Object.fromEntries(
          Object.entries(values).map(([name, value]) => [columnOf(metadata, name).propertyName, value]),
        ),
      ),
    )
    .execute();
  return z
    .array(z.object({ id: z.number() }))
    .parse(result.identifiers)
    .map(({ id }) => id);
}

/** One statement, whichever columns each row has. ETags are made of `last_updated`, so it moves even where the clock does not. */
async function update(
  manager: EntityManager,
  metadata: EntityMetadata,
  rows: readonly { readonly id: number; readonly values: WrittenValues }[],
): Promise<void> {
  const written = rows.map(({ id, values }) => ({
    id,
    values: Object.fromEntries(
      Object.entries(values).map(([name, value]) => [columnOf(metadata, name).databaseName, value]),
    ),
  }));
  const names = new Set(written.flatMap(({ values }) => Object.keys(values)));
  const columns = metadata.columns.filter(({ databaseName }) => names.has(databaseName));
  const assignments = columns.map(({ databaseName: name }) => {
    return `"${name}" = case when entry.value->'values' ? '${name}' then given."${name}" else object."${name}" end`;
  });
  const record = columns.map((column) => `"${column.databaseName}" ${typeOf(manager, column)}`);
  // Its record must not be empty, even for rows of which nothing but the time moves.
  await manager.query(
    `update ${metadata.tableName} object set ${[...assignments, lastUpdated].join(", ")}
     from jsonb_array_elements($1::jsonb) as entry(value)
     cross join lateral jsonb_to_record(entry.value->'values') as given(${[...record, '"no column" text'].join(", ")})
     where object.id = (entry.value->>'id')::integer`,
    [JSON.stringify(written)],
  );
}

const lastUpdated =
  "last_updated = greatest(clock_timestamp(), object.last_updated + interval '1 microsecond')";

function typeOf(manager: EntityManager, column: ColumnMetadata): string {
  return manager.dataSource.driver.normalizeType(column);
}

function columnOf(metadata: EntityMetadata, name: string): ColumnMetadata {
  const relation = metadata.findRelationWithPropertyPath(name);
  const column = relation?.joinColumns[0] ?? metadata.findColumnWithPropertyName(name);
  if (column === undefined) throw new Error(`${metadata.name} has no column for ${name}`);
  return column;
}
