import type { Comparable } from "@proxbox/domain";
import { emptyLookup, type Filter, type Lookup, noTerms, parseFlag } from "./filter.ts";
import { parseInstant } from "./instants.ts";

/** True or false; the last value counts, and other spellings than Python's and NetBox's are ignored. */
export const booleanFilter: Filter = {
  "": ({ field, values }) => {
    const flag = parseFlag(values.at(-1));
    return flag === null
      ? noTerms
      : { terms: [{ test: "in", field, values: [flag], orNull: false, negated: false }] };
  },
};

export const integerFilter: Filter = comparable(parseInteger, "Enter a whole number.");
export const decimalFilter: Filter = comparable(parseDecimal, "Enter a number.");
export const dateFilter: Filter = comparable(parseDate, "Enter a valid date.");
export const instantFilter: Filter = comparable(parseInstant, "Enter a valid date/time.");

/** Instants of jobs: exact, `__before` (not after) and `__after` (not before), one value each (contract section 7.1). */
export const periodFilter: Filter = {
  "": lastOf(instantFilter[""]),
  __before: lastOf(instantFilter["__lte"]),
  __after: lastOf(instantFilter["__gte"]),
};

/** Instants between two: `_after` (not before) and `_before` (not after), one value each. */
export const rangeFilter: Filter = {
  _after: lastOf(instantFilter["__gte"]),
  _before: lastOf(instantFilter["__lte"]),
};

const uuid = /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;

/** A UUID; the last value counts. */
export const uuidFilter: Filter = {
  "": ({ field, values }) => {
    const text = values.at(-1)?.trim() ?? "";
    if (text === "") return noTerms;
    if (!uuid.test(text)) return { errors: ["Enter a valid UUID."] };
    return { terms: [{ test: "in", field, values: [text], orNull: false, negated: false }] };
  },
};

function lastOf(lookup: Lookup | undefined): Lookup {
  return (input) => (lookup === undefined ? noTerms : lookup({ ...input, values: input.values.slice(-1) }));
}

function comparable(parse: (text: string) => Comparable | null, message: string): Filter {
  const read = (texts: readonly string[]): { values: Comparable[] } | { errors: string[] } => {
    const given = texts.filter((text) => text.trim() !== "");
    const values = given.map(parse).filter((value) => value !== null);
    return values.length < given.length ? { errors: [message] } : { values };
  };
  const equals =
    (negated: boolean): Lookup =>
    ({ field, values: texts }) => {
      const result = read(texts);
      if ("errors" in result) return result;
      if (result.values.length === 0) return noTerms;
      return { terms: [{ test: "in", field, values: result.values, orNull: false, negated }] };
    };
  const compares =
    (test: "lt" | "lte" | "gt" | "gte"): Lookup =>
    ({ field, values: texts }) => {
      const result = read(texts);
      if ("errors" in result) return result;
      return result.values.length === 0 ? noTerms : { terms: [{ test, field, values: result.values }] };
    };
  return {
    "": equals(false),
    __n: equals(true),
    __lt: compares("lt"),
    __lte: compares("lte"),
    __gt: compares("gt"),
    __gte: compares("gte"),
    __empty: emptyLookup,
  };
}

/** `7`, ` 7 `, `+7`, `7.0`. Numbers beyond every column are cut to a number that is beyond every column as well. */
function parseInteger(text: string): number | null {
  const trimmed = text.trim().replace(/\.0*$/, "");
  if (!/^[+-]?\d+$/.test(trimmed)) return null;
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, Number(trimmed)));
}

/** A date of the calendar as ISO 8601. */
function parseDate(text: string): string | null {
  const isDate = /^\s*(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}\/\d{1,2}\/\d{4})\s*$/.test(text);
  return isDate ? (parseInstant(text)?.slice(0, 10) ?? null) : null;
}

/** Kept as text, because PostgreSQL compares decimals exactly and JavaScript does not. */
function parseDecimal(text: string): string | null {
  const trimmed = text.trim();
  const isDecimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?$/i.test(trimmed);
  return isDecimal && Number.isFinite(Number(trimmed)) ? trimmed : null;
}
