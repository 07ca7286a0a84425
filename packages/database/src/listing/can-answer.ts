import type { Comparable, Term } from "@proxbox/domain";
import { findField } from "./compile-term.ts";
import type { ReadModel, ReadType } from "./read-model.ts";

/** Whether a condition can be asked of a model without an error: its field, its test and its values fit together. */
export function canAnswer(model: ReadModel, term: Term): boolean {
  const field = findField(model, term.field);
  if (field === null) return false;
  if (field.many === true && term.test !== "in") return false;
  if (term.test === "empty") return true;
  return answersTest(field.type, term.test) && term.values.every((value) => fits(field.type, value));
}

type Test = Exclude<Term["test"], "empty">;

const comparisons: ReadonlySet<Test> = new Set(["lt", "lte", "gt", "gte"]);

function answersTest(type: ReadType, test: Test): boolean {
  if (type === "jsonb") return false;
  if (test === "in") return true;
  if (comparisons.has(test)) return type !== "boolean" && type !== "uuid";
  return type === "text";
}

const forms: Readonly<Record<ReadType, (value: Comparable) => boolean>> = {
  integer: (value) => Number.isSafeInteger(value) || matches(value, /^-?\d{1,15}$/),
  "double precision": isDecimal,
  numeric: isDecimal,
  boolean: (value) => typeof value === "boolean",
  text: (value) => typeof value === "string" && !value.includes("\0"),
  timestamptz: (value) =>
    matches(value, /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)?)?$/) &&
    !Number.isNaN(Date.parse(String(value))),
  uuid: (value) => matches(value, /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i),
  jsonb: () => false,
};

function fits(type: ReadType, value: Comparable): boolean {
  return forms[type](value);
}

function isDecimal(value: Comparable): boolean {
  return Number.isFinite(value) || matches(value, /^-?\d{1,15}(?:\.\d{1,15})?$/);
}

function matches(value: Comparable, pattern: RegExp): boolean {
  return typeof value === "string" && pattern.test(value);
}
