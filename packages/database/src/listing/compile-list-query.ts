import type { ListQuery, Order, Restriction } from "@proxbox/domain";
import { caseCollation, compileTerm, escapePattern, readField, StatementParameters } from "./compile-term.ts";
import { compileWalkedIds, walkOf } from "./compile-walk.ts";
import type { ReadModel } from "./read-model.ts";

export interface Statement {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** The rows of one page: the ids first, then one join for these ids. */
export function compilePage(model: ReadModel, query: ListQuery): Statement {
  const parameters = new StatementParameters();
  const found = compileConditions(model, query, parameters);
  const walk = walkOf(model, query);
  const ids =
    walk === null
      ? selectIds(model, found, { query, parameters })
      : compileWalkedIds(model, {
          ...walk,
          joins: joinsOf(model, found.joins),
          predicates: found.predicates,
          parameters,
        });
  return { sql: readRows(model, `array(${ids})`), values: parameters.values };
}

interface Compilation {
  readonly query: ListQuery;
  readonly parameters: StatementParameters;
}

function selectIds(model: ReadModel, found: Conditions, { query, parameters }: Compilation): string {
  const { page } = query;
  const order = page.by === "cursor" ? [model.id] : orderBy(model, query.order, found.joins);
  const predicates = [...found.predicates];
  if (page.by === "cursor") predicates.push(`${model.id} >= ${parameters.add(page.start, "bigint")}`);
  const ids = [
    `select ${model.id} from ${model.table}`,
    ...joinsOf(model, found.joins),
    ...whereOf(predicates),
    `order by ${order.join(", ")}`,
    `limit ${parameters.add(page.limit, "bigint")}`,
  ];
  if (page.by === "offset") ids.push(`offset ${parameters.add(page.offset, "bigint")}`);
  return ids.join(" ");
}

/** How many rows satisfy the conditions of a query. */
export function compileCount(model: ReadModel, query: ListQuery): Statement {
  const parameters = new StatementParameters();
  const { joins, predicates } = compileConditions(model, query, parameters);
  const sql = [
    `select count(*)::int as count from ${model.table}`,
    ...joinsOf(model, joins),
    ...whereOf(predicates),
  ].join(" ");
  return { sql, values: parameters.values };
}

/** The rows with these ids, in the order of the ids. */
export function compileRows(model: ReadModel, ids: readonly number[]): Statement {
  const parameters = new StatementParameters();
  return { sql: readRows(model, parameters.add(ids, "bigint[]")), values: parameters.values };
}

function readRows(model: ReadModel, ids: string): string {
  const joins = new Set<string>();
  const columns: string[] = [];
  for (const [name, field] of Object.entries(model.fields)) {
    if (field.read === false || field.many === true) continue;
    if (field.refersTo === undefined) {
      columns.push(`${field.sql} as "${name}"`);
      addAll(joins, field.joins);
    } else {
      addAll(joins, field.refersTo.joins);
      for (const [property, sql] of Object.entries(field.refersTo.columns)) {
        columns.push(`${sql} as "${name}.${property}"`);
      }
    }
  }
  return [
    `select ${columns.join(", ")} from unnest(${ids}) with ordinality as page(id, position)`,
    `join ${model.table} on ${model.id} = page.id`,
    ...joinsOf(model, joins),
    "order by page.position",
  ].join(" ");
}

interface Conditions {
  readonly joins: Set<string>;
  readonly predicates: string[];
}

function compileConditions(model: ReadModel, query: ListQuery, parameters: StatementParameters): Conditions {
  const joins = new Set<string>();
  const predicates = query.where.map((term) => {
    const field = readField(model, term.field);
    addAll(joins, field.joins);
    return compileTerm(field, term, parameters);
  });
  if (query.restriction) predicates.push(compileRestriction(model, query.restriction, { joins, parameters }));
  if (query.search !== null) predicates.push(compileSearch(model, query.search, parameters));
  return { joins, predicates };
}

/** No alternative is no row. */
function compileRestriction(
  model: ReadModel,
  alternatives: Restriction,
  { joins, parameters }: { joins: Set<string>; parameters: StatementParameters },
): string {
  const compiled = alternatives.map((terms) => {
    const predicates = terms.map((term) => {
      const field = readField(model, term.field);
      addAll(joins, field.joins);
      return compileTerm(field, term, parameters);
    });
    return predicates.length === 0 ? "true" : `(${predicates.join(" and ")})`;
  });
  return compiled.length === 0 ? "false" : `(${compiled.join(" or ")})`;
}

function compileSearch(model: ReadModel, text: string, parameters: StatementParameters): string {
  if (model.search.length === 0) return "false";
  const pattern = `(${parameters.add(`%${escapePattern(text)}%`, "text")} collate ${caseCollation(text)})`;
  return `(${model.search.map((predicate) => predicate.replaceAll("$q", pattern)).join(" or ")})`;
}

/** The id comes last, so that rows with equal keys keep their place from page to page. */
function orderBy(model: ReadModel, order: readonly Order[], joins: Set<string>): string[] {
  const keys = order.length === 0 ? model.defaultOrder : order;
  const terms = keys.flatMap(({ field: name, descending }) => {
    const field = readField(model, name);
    addAll(joins, field.refersTo?.joins ?? field.joins);
    // Nulls come last when ascending and first when descending, as PostgreSQL has it by itself.
    return (field.refersTo?.orderBy ?? [field.sql]).map((sql) => (descending === true ? `${sql} desc` : sql));
  });
  return [...terms, keys.at(-1)?.descending === true ? `${model.id} desc` : model.id];
}

function joinsOf(model: ReadModel, wanted: ReadonlySet<string>): string[] {
  const needed = new Set<string>();
  const need = (name: string): void => {
    model.joins[name]?.after?.forEach(need);
    needed.add(name);
  };
  wanted.forEach(need);
  return [...needed].map((name) => {
    const join = model.joins[name];
    if (join === undefined) throw new Error(`The read model of ${model.table} has no join ${name}`);
    return join.sql;
  });
}

function whereOf(predicates: readonly string[]): string[] {
  return predicates.length === 0 ? [] : [`where ${predicates.join(" and ")}`];
}

function addAll(set: Set<string>, names: readonly string[] | undefined): void {
  for (const name of names ?? []) set.add(name);
}
