import type { EntityManager, EntityMetadata, EntityTarget, ObjectLiteral } from "typeorm";
import { z } from "zod";
import type { RowWriter, WrittenValues } from "./logged-store.ts";

/**
 * Writes the rows of an entity by the names that list queries and requests use: a property's own name, or a relation's
 * name with the id of the other row. Throws Error for a name that is neither.
 */
export function entityWriter<Entity extends ObjectLiteral>(
  table: string,
  entity: EntityTarget<Entity>,
): RowWriter {
  return {
    table,

    async insert(manager, values) {
      const { metadata } = manager.getRepository(entity);
      const result = await manager
        .createQueryBuilder()
        .insert()
        .into(metadata.target)
        .values(columnsOf(metadata, values))
        .execute();
      return z.object({ id: z.number() }).parse(result.identifiers[0]).id;
    },

    async update(manager, id, values) {
      const { metadata } = manager.getRepository(entity);
      await update(manager, metadata, { id, columns: columnsOf(metadata, values) });
      return { secretsChanged: false };
    },
  };
}

async function update(
  manager: EntityManager,
  metadata: EntityMetadata,
  { id, columns }: { id: number; columns: ObjectLiteral },
): Promise<void> {
  await manager
    .createQueryBuilder()
    .update(metadata.target)
    .set({ ...columns, lastUpdated: movedOn })
    .where("id = :id", { id })
    .execute();
}

/** ETags are made of it, so it has to move even where the clock does not. */
const movedOn = (): string => "greatest(clock_timestamp(), last_updated + interval '1 microsecond')";

function columnsOf(metadata: EntityMetadata, values: WrittenValues): ObjectLiteral {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [propertyOf(metadata, name), value]),
  );
}

function propertyOf(metadata: EntityMetadata, name: string): string {
  const relation = metadata.findRelationWithPropertyPath(name);
  const column = relation?.joinColumns[0] ?? metadata.findColumnWithPropertyName(name);
  if (column === undefined) throw new Error(`${metadata.name} has no column for ${name}`);
  return column.propertyName;
}
