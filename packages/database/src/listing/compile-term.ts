import type { JsonMember, Term } from "@proxbox/domain";
import { ListQueryError } from "./list-query-error.ts";
import type { ReadField, ReadModel, ReadType } from "./read-model.ts";

/** Collects the values of a statement; every value of a request passes through here. */
export class StatementParameters {
  readonly values: unknown[] = [];

  /** Remembers a value, and answers the placeholder that stands for it. */
  add(value: unknown, type: string): string {
    this.values.push(value);
    return `$${this.values.length}::${type}`;
  }
}

/** `endpoint.name` is a property of the row behind a reference. Throws ListQueryError `unknown-field`. */
export function readField(model: ReadModel, name: string): ReadField {
  const field = findField(model, name);
  if (field === null)
    throw new ListQueryError("unknown-field", `The read model of ${model.table} has no field ${name}`);
  return field;
}

/** As `readField`; null: no such field. */
export function findField(model: ReadModel, name: string): ReadField | null {
  if (Object.hasOwn(model.fields, name)) return model.fields[name] ?? null;
  const [reference = "", property = "", ...rest] = name.split(".");
  if (rest.length > 0 || !Object.hasOwn(model.fields, reference)) return null;
  const { refersTo } = model.fields[reference] ?? {};
  if (refersTo === undefined || !Object.hasOwn(refersTo.columns, property)) return null;
  const sql = refersTo.columns[property] ?? "null";
  // The model knows no types of these columns, and everything but an id compares as its text.
  return property === "id"
    ? { sql, type: "integer", joins: refersTo.joins }
    : { sql: `(${sql})::text`, type: "text", joins: refersTo.joins };
}

/** One condition as SQL. */
export function compileTerm(whole: ReadField, term: Term, parameters: StatementParameters): string {
  const field = term.inside === undefined ? whole : memberOf(whole, term.inside, parameters);
  if (field.many === true) return compileManyTerm(field, term, parameters);
  switch (term.test) {
    case "in":
      return negate(term.negated, membership(field, term, parameters));
    case "lt":
    case "lte":
    case "gt":
    case "gte":
      return anyOf(
        term.values.map(
          (value) => `${field.sql} ${comparisons[term.test]} ${parameters.add(value, cast(field.type))}`,
        ),
      );
    case "empty":
      return negate(
        term.negated,
        field.type === "text" ? `coalesce(${field.sql}, '') = ''` : `${field.sql} is null`,
      );
    default:
      return negate(
        term.negated,
        anyOf(term.values.map((value) => textTest(field.sql, term.test, value, parameters))),
      );
  }
}

/** A value inside of a JSON field. Its key came with a request, so it is a parameter like every value. */
function memberOf({ sql }: ReadField, member: JsonMember, parameters: StatementParameters): ReadField {
  const { type, many } = member;
  const key = parameters.add(member.key, "text");
  const value = `(${sql} -> ${key})`;
  const text = `(${sql} ->> ${key})`;
  if (many === true) {
    const elements = `case when jsonb_typeof(${value}) = 'array' then ${value} end`;
    return { sql: `select element from jsonb_array_elements_text(${elements}) element`, type, many };
  }
  // What an earlier definition left behind must not fail the cast, so its form is looked at first.
  const guarded = {
    text,
    numeric: `(case when jsonb_typeof(${value}) = 'number' then ${text}::numeric end)`,
    boolean: `(case when jsonb_typeof(${value}) = 'boolean' then ${text}::boolean end)`,
    timestamptz: `(case when ${text} ~ '${instantForm}' then ${text}::timestamptz end)`,
  };
  return { sql: guarded[type], type };
}

const instantForm = String.raw`^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[T ]([01]\d|2[0-3]):[0-5]\d`;

const comparisons = { lt: "<", lte: "<=", gt: ">", gte: ">=" } as const;

/** `is not true` instead of `not`: a negation keeps the rows without a value. */
function negate(negated: boolean, predicate: string): string {
  return negated ? `(${predicate}) is not true` : predicate;
}

function anyOf(predicates: readonly string[]): string {
  return predicates.length === 0 ? "false" : `(${predicates.join(" or ")})`;
}

function membership(field: ReadField, term: Term & { test: "in" }, parameters: StatementParameters): string {
  const predicates: string[] = [];
  if (term.values.length > 0) {
    predicates.push(`${field.sql} = any(${parameters.add(term.values, `${cast(field.type)}[]`)})`);
  }
  if (term.orNull) predicates.push(`${field.sql} is null`);
  return anyOf(predicates);
}

function compileManyTerm(field: ReadField, term: Term, parameters: StatementParameters): string {
  if (term.test !== "in") throw new Error(`A field with many values does not answer "${term.test}"`);
  const { sql, owner } = field;
  const predicates: string[] = [];
  if (term.values.length > 0) {
    const condition = `many.value = any(${parameters.add(term.values, `${cast(field.type)}[]`)})`;
    predicates.push(
      owner === undefined
        ? `exists (select 1 from (${sql}) as many(value) where ${condition})`
        : `${owner} in (select many.owner from (${sql}) as many(owner, value) where ${condition})`,
    );
  }
  if (term.orNull) {
    predicates.push(
      owner === undefined
        ? `not exists (${sql})`
        : `${owner} not in (select many.owner from (${sql}) as many(owner, value))`,
    );
  }
  return negate(term.negated, anyOf(predicates));
}

type TextTest = "contains" | "starts" | "ends" | "same" | "regex" | "iregex";

function textTest(sql: string, test: TextTest, value: string, parameters: StatementParameters): string {
  if (test === "regex" || test === "iregex") {
    return `${sql} collate "und-x-icu" ${test === "regex" ? "~" : "~*"} ${parameters.add(value, "text")}`;
  }
  const literal = escapePattern(value);
  const pattern = {
    contains: `%${literal}%`,
    starts: `${literal}%`,
    ends: `%${literal}`,
    same: literal,
  }[test];
  return ignoringCase(sql, parameters.add(pattern, "text"), value);
}

/** `value` decides the collation: the columns' own ("C") knows the case of ASCII letters only, but is much faster. */
function ignoringCase(sql: string, placeholder: string, value: string): string {
  return `${sql} collate ${caseCollation(value)} ilike ${placeholder}`;
}

/** The collation by which a search for `value` ignores case. */
export function caseCollation(value: string): string {
  // eslint-disable-next-line no-control-regex -- "is it ASCII" is exactly the question.
  return /^[\x00-\x7f]*$/.test(value) ? `"C"` : `"und-x-icu"`;
}

/** Makes `% _ \` literal in a LIKE pattern. */
export function escapePattern(value: string): string {
  return value.replaceAll(/[\\%_]/g, String.raw`\$&`);
}

function cast(type: ReadType): string {
  return type === "integer" ? "bigint" : type;
}
