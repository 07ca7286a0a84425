import type { EntityManager, EntityTarget, ObjectLiteral } from "typeorm";
import { z } from "zod";
import type { RowWriter, WrittenValues } from "./logged-store.ts";

/** A table of pairs that joins the rows of two tables. */
interface LinkTable {
  readonly table: string;
  /** Column with the id of the written row. */
  readonly own: string;
  /** Column with the id of the row on the other side. */
  readonly other: string;
}

export interface LinkingWriter<Entity extends ObjectLiteral> {
  readonly table: string;
  readonly entity: EntityTarget<Entity>;
  /** Names of values that are lists of ids, each with its table. */
  readonly links: Readonly<Record<string, LinkTable>>;
  /** From the other values to properties of the entity; by default they are the same. */
  readonly toColumns?: (values: WrittenValues) => Promise<WrittenValues>;
  /** Properties that no reader sees. */
  readonly secrets?: readonly string[];
}

/** Writes rows together with the pairs that join them to others. A list that is absent stays as it is. */
export function linkingWriter<Entity extends ObjectLiteral>({
  table,
  entity,
  links,
  toColumns = (values) => Promise.resolve(values),
  secrets = [],
}: LinkingWriter<Entity>): RowWriter {
  const split = async (values: WrittenValues) => {
    const isLink = ([name]: [string, unknown]): boolean => Object.hasOwn(links, name);
    const entries = Object.entries(values);
    const others = Object.fromEntries(entries.filter((entry) => !isLink(entry)));
    return { columns: await toColumns(others), linked: entries.filter(isLink) };
  };
  const link = async (manager: EntityManager, id: number, linked: [string, unknown][]): Promise<void> => {
    for (const [name, ids] of linked) {
      const pairs = links[name];
      if (pairs !== undefined) await replaceLinks(manager, pairs, { id, ids: idList.parse(ids) });
    }
  };
  return {
    table,

    async insert(manager, values) {
      const { columns, linked } = await split(values);
      const { target } = manager.getRepository(entity).metadata;
      const query = manager
        .createQueryBuilder()
        .insert()
        .into(target)
        .values({ ...columns });
      const [row] = identifiers.parse((await query.execute()).identifiers);
      if (row === undefined) throw new Error(`A new row of ${table} has no id`);
      await link(manager, row.id, linked);
      return row.id;
    },

    async update(manager, id, values) {
      const { columns, linked } = await split(values);
      const { target } = manager.getRepository(entity).metadata;
      if (Object.keys(columns).length > 0) {
        await manager
          .createQueryBuilder()
          .update(target)
          .set({ ...columns })
          .where({ id })
          .execute();
      }
      await link(manager, id, linked);
      return { secretsChanged: secrets.some((name) => Object.hasOwn(columns, name)) };
    },
  };
}

const identifiers = z.array(z.object({ id: z.number() }));
const idList = z.array(z.int());

/** Joins a row to exactly these others. */
export async function replaceLinks(
  manager: EntityManager,
  { table, own, other }: LinkTable,
  { id, ids }: { id: number; ids: readonly number[] },
): Promise<void> {
  await manager.query(`delete from ${table} where ${own} = $1 and ${other} <> all($2::integer[])`, [id, ids]);
  await manager.query(
    `insert into ${table} (${own}, ${other}) select $1, other from unnest($2::integer[]) other on conflict do nothing`,
    [id, ids],
  );
}
