import type { ListPage, ListQuery, Restriction, Term } from "@proxbox/domain";
import { QueryFailedError } from "typeorm";
import { z } from "zod";
import { canAnswer } from "./can-answer.ts";
import { compileCount, compilePage, compileRows, type Statement } from "./compile-list-query.ts";
import { ListQueryError, type ListQueryErrorCode } from "./list-query-error.ts";
import type { ReadModel } from "./read-model.ts";

/** What a data source and a transaction's entity manager have in common. */
export interface Queryable {
  query(sql: string, values?: unknown[]): Promise<unknown>;
}

/** A row as its read model names it: plain values, instants as PostgreSQL's text, references as objects or null. */
export type StoredRow = Readonly<Record<string, unknown>> & { readonly id: number };

export interface ReadStore {
  /** Name of the table. */
  readonly relation: string;
  /** Throws ListQueryError. */
  list(query: ListQuery): Promise<ListPage<StoredRow>>;
  /** Null: there is no such row, or `restriction` leaves it out. */
  get(id: number, restriction?: Restriction | null): Promise<StoredRow | null>;
  /** Whether a condition can be asked without an error. */
  answers(term: Term): boolean;
}

/** Reads the rows of one resource by its read model. */
export function createReadStore(database: Queryable, model: ReadModel): ReadStore {
  return {
    relation: model.table.split(" ")[0] ?? model.table,
    async list(query) {
      const rows = await readRows(database, compilePage(model, query));
      return { rows, count: await countOf(database, model, { query, onPage: rows.length }) };
    },
    async get(id, restriction = null) {
      const statement =
        restriction === null
          ? compileRows(model, [id])
          : compilePage(model, {
              where: [{ test: "in", field: "id", values: [id], orNull: false, negated: false }],
              restriction,
              search: null,
              order: [{ field: "id", descending: false }],
              page: { by: "offset", offset: 0, limit: 1 },
            });
      const [row] = await readRows(database, statement);
      return row ?? null;
    },
    answers: (term) => canAnswer(model, term),
  };
}

const flatRows = z.array(z.looseObject({ id: z.number() }));
const countRows = z.tuple([z.object({ count: z.number() })]);

async function readRows(database: Queryable, statement: Statement): Promise<StoredRow[]> {
  return flatRows.parse(await run(database, statement)).map(unflatten);
}

/** A page that is not full tells the count by itself. */
async function countOf(
  database: Queryable,
  model: ReadModel,
  { query, onPage }: { query: ListQuery; onPage: number },
): Promise<number | null> {
  const { page } = query;
  if (page.by === "cursor") return null;
  const isLast = page.limit === null || onPage < page.limit;
  if (isLast && (onPage > 0 || page.offset === 0)) return page.offset + onPage;
  const [{ count }] = countRows.parse(await run(database, compileCount(model, query)));
  return count;
}

async function run(database: Queryable, { sql, values }: Statement): Promise<unknown> {
  try {
    return await database.query(sql, [...values]);
  } catch (error) {
    const code = codesOfPostgres[postgresCode(error) ?? ""];
    if (code !== undefined)
      throw new ListQueryError(code, "The list query cannot be answered", { cause: error });
    throw error;
  }
}

const codesOfPostgres: Readonly<Record<string, ListQueryErrorCode>> = {
  "2201B": "invalid-pattern",
  "22P02": "invalid-value",
  "22003": "invalid-value",
  "22007": "invalid-value",
  "22008": "invalid-value",
};

const driverError = z.object({ code: z.string() });

function postgresCode(error: unknown): string | null {
  if (!(error instanceof QueryFailedError)) return null;
  const parsed = driverError.safeParse(error.driverError);
  return parsed.success ? parsed.data.code : null;
}

/** `{"endpoint.id": 1, "endpoint.name": "a"}` becomes `{endpoint: {id: 1, name: "a"}}`; without an id it is null. */
function unflatten(flat: StoredRow): StoredRow {
  const row: Record<string, unknown> = {};
  const references = new Map<string, Record<string, unknown>>();
  for (const [name, value] of Object.entries(flat)) {
    const dot = name.indexOf(".");
    if (dot === -1) {
      row[name] = value;
      continue;
    }
    const field = name.slice(0, dot);
    const reference = references.get(field) ?? {};
    reference[name.slice(dot + 1)] = value;
    references.set(field, reference);
  }
  for (const [field, reference] of references) row[field] = reference["id"] === null ? null : reference;
  return { ...row, id: flat.id };
}
