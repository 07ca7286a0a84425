import type { ListQuery, Term } from "@proxbox/domain";
import { readField, type StatementParameters } from "./compile-term.ts";
import type { ReadModel } from "./read-model.ts";

/** Beyond this many rows from the beginning, walking takes as long as sorting everything. */
const farthestRow = 2_000;

interface Walk {
  readonly walk: NonNullable<ReadModel["walk"]>;
  readonly page: { readonly limit: number; readonly offset: number };
}

/** What to walk for the beginning of a resource in its default order; null for other pages, and other models. */
export function walkOf(model: ReadModel, { page, order, where }: ListQuery): Walk | null {
  const { walk } = model;
  if (walk === undefined || order.length > 0 || page.by === "cursor" || page.limit === null) return null;
  if (where.some((term) => isLookedUp(model, term))) return null;
  const { limit, offset } = page;
  return offset + limit > farthestRow ? null : { walk, page: { limit, offset } };
}

/** Rows that are found by their values in another table, such as tags, are found once; a walk would do it at each step. */
function isLookedUp(model: ReadModel, term: Term): boolean {
  return term.test === "in" && !term.negated && readField(model, term.field).owner !== undefined;
}

export interface WalkParts extends Walk {
  /** `join` and `where` clauses of the query's conditions. */
  readonly joins: readonly string[];
  readonly predicates: readonly string[];
  readonly parameters: StatementParameters;
}

/**
 * The ids of a page in default order: of each row of the small table the first rows behind it, and those without one at
 * the end. PostgreSQL walks the small table in order and stops where the page is full.
 */
export function compileWalkedIds(
  model: ReadModel,
  { walk, joins, predicates, page, parameters }: WalkParts,
): string {
  const [first, ...rest] = model.defaultOrder;
  if (first === undefined) throw new Error(`${model.table} has no default order to walk`);
  const reference = readField(model, first.field).sql;
  const keys = rest.map(({ field }) => readField(model, field).sql);
  const enough = parameters.add(page.limit + page.offset, "bigint");
  const behind = (condition: string): string =>
    [
      `select ${model.id} as id, ${keys.map((key, index) => `${key} as key${index}`).join(", ")} from ${model.table}`,
      ...joins,
      `where ${[condition, ...predicates].join(" and ")}`,
      `order by ${[...keys, model.id].join(", ")} limit ${enough}`,
    ].join(" ");
  const sorted = [
    ...walk.orderBy.map((_, index) => `walk${index}`),
    ...keys.map((_, index) => `key${index}`),
    "id",
  ];
  const columns = (table: string): string =>
    ["id", ...keys.map((_, index) => `key${index}`)].map((name) => `${table}.${name}`).join(", ");
  const walked = walk.orderBy.map((sql, index) => `${sql} as walk${index}`).join(", ");
  const unwalked = walk.orderBy.map((_, index) => `null as walk${index}`).join(", ");
  return [
    `select found.id from (`,
    `(select ${walked}, ${columns("own")} from ${walk.table} cross join lateral (${behind(`${reference} = ${walk.id}`)}) own)`,
    `union all (select ${unwalked}, ${columns("none")} from (${behind(`${reference} is null`)}) none)`,
    `) found order by ${sorted.map((name) => `found.${name}`).join(", ")}`,
    `limit ${parameters.add(page.limit, "bigint")} offset ${parameters.add(page.offset, "bigint")}`,
  ].join(" ");
}
