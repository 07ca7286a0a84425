import { QueryFailedError } from "typeorm";
import { z } from "zod";
import type { Queryable } from "../listing/create-read-store.ts";

/** A row of the table `relation`. */
interface Dependent {
  readonly relation: string;
  readonly id: number;
}

/** Rows must stay, because others that do not go with them refer to them. */
class ProtectedRowError extends Error {
  readonly code = "protected-row";
  readonly dependents: readonly Dependent[];

  constructor(dependents: readonly Dependent[], options: ErrorOptions) {
    super(`${dependents.length} rows refer to a row that was to go`, options);
    this.name = "ProtectedRowError";
    this.dependents = dependents;
  }
}

const foreignKeyViolation = z.object({ code: z.literal("23503") });

interface Deletion {
  readonly source: Queryable;
  readonly table: string;
  readonly ids: readonly number[];
}

/** Throws ProtectedRowError where a deletion is refused because of rows that refer to one of `ids`. */
export async function translatingProtection<T>(deletion: Deletion, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const driverError: unknown = error instanceof QueryFailedError ? error.driverError : null;
    if (!foreignKeyViolation.safeParse(driverError).success) throw error;
    throw new ProtectedRowError(await findDependents(deletion), { cause: error });
  }
}

/** Of the first row that has any: what refers to it, or to what would go with it. */
async function findDependents({ source, table, ids }: Deletion): Promise<readonly Dependent[]> {
  for (const id of ids) {
    const going = new Set<string>();
    const staying = new Map<string, Dependent>();
    await follow(source, { row: { relation: table, id }, going, staying });
    const found = [...staying].filter(([key]) => !going.has(key)).map(([, dependent]) => dependent);
    if (found.length > 0) return found;
  }
  return [];
}

interface Walk {
  readonly row: Dependent;
  readonly going: Set<string>;
  readonly staying: Map<string, Dependent>;
}

const links = z.array(z.object({ relation: z.string(), column: z.string(), cascades: z.boolean() }));
const found = z.array(z.object({ id: z.number() }));

/** Notes what goes with a row, and what would have to stay without it. */
async function follow(source: Queryable, { row, going, staying }: Walk): Promise<void> {
  going.add(keyOf(row));
  for (const { relation, column, cascades } of await linksTo(source, row.relation)) {
    const rows = await source.query(`select id from ${relation} where ${column} = $1 order by id`, [row.id]);
    for (const { id } of found.parse(rows)) {
      const dependent = { relation, id };
      if (!cascades) staying.set(keyOf(dependent), dependent);
      else if (!going.has(keyOf(dependent))) await follow(source, { row: dependent, going, staying });
    }
  }
}

/** The foreign keys of tables with ids that lead to a table; those that become null do not matter. */
async function linksTo(source: Queryable, table: string) {
  return links.parse(
    await source.query(
      `select key.conrelid::regclass::text as relation, quote_ident(col.attname) as "column",
         key.confdeltype = 'c' as cascades
       from pg_constraint key
       join pg_attribute col on col.attrelid = key.conrelid and col.attnum = key.conkey[1]
       join pg_attribute own on own.attrelid = key.conrelid and own.attname = 'id'
       where key.contype = 'f' and key.confrelid = $1::regclass and key.confdeltype in ('a', 'r', 'c')
       order by 1, 2`,
      [table],
    ),
  );
}

function keyOf({ relation, id }: Dependent): string {
  return `${relation} ${id}`;
}
