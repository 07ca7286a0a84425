import type { Term } from "@proxbox/domain";
import {
  emptyLookup,
  type Filter,
  type FilterInput,
  type FilterResult,
  type Lookup,
  noTerms,
} from "./filter.ts";

/** Text: exact and case-sensitive, any of several values, and the twelve suffixes. */
export const textFilter: Filter = {
  "": equals(false),
  __n: equals(true),
  ...textSuffixes(readTexts),
  __empty: emptyLookup,
};

/** Equal to any of several texts, or to none of them, and nothing else. */
export const exactTextFilter: Filter = { "": equals(false), __n: equals(true) };

/** As text, but plain equality ignores case too, while `__n` does not: the name of a virtual machine is like that. */
export const caselessTextFilter: Filter = { ...textFilter, "": textLookup("same", false, readTexts) };

/** As text, with one value: the last one wins. */
export const singleTextFilter: Filter = Object.fromEntries(
  Object.entries(textFilter).map(([suffix, lookup]) => [
    suffix,
    (input: FilterInput) => lookup({ ...input, values: input.values.slice(-1) }),
  ]),
);

/** Reads the values of a parameter, or says why they cannot be used. */
export type ReadTexts = (
  values: readonly string[],
) => { texts: readonly string[] } | { errors: readonly string[] };

/** The suffixes that compare parts of a text, ignoring case, each also negated. */
export function textSuffixes(read: ReadTexts): Filter {
  return {
    __ic: textLookup("contains", false, read),
    __nic: textLookup("contains", true, read),
    __isw: textLookup("starts", false, read),
    __nisw: textLookup("starts", true, read),
    __iew: textLookup("ends", false, read),
    __niew: textLookup("ends", true, read),
    __ie: textLookup("same", false, read),
    __nie: textLookup("same", true, read),
    __regex: textLookup("regex", false, read),
    __iregex: textLookup("iregex", false, read),
  };
}

/** Outer spaces do not count, empty values neither. PostgreSQL cannot store NUL, so no text contains it. */
export function readTexts(
  values: readonly string[],
): { texts: readonly string[] } | { errors: readonly string[] } {
  if (values.some((value) => value.includes("\0"))) return { errors: ["Null characters are not allowed."] };
  return { texts: values.map((value) => value.trim()).filter((value) => value !== "") };
}

function equals(negated: boolean): Lookup {
  return ({ field, values }) => {
    const read = readTexts(values);
    return "errors" in read ? read : membership(field, read.texts, negated);
  };
}

/** Equality with any of the texts, where the literal `null` stands for "has no value" (contract F-7). */
export function membership(field: string, texts: readonly string[], negated: boolean): FilterResult {
  if (texts.length === 0) return noTerms;
  const values = texts.filter((text) => text !== "null");
  return { terms: [{ test: "in", field, values, orNull: values.length < texts.length, negated }] };
}

type TextTest = Extract<Term, { values: readonly string[] }>["test"];

function textLookup(test: TextTest, negated: boolean, read: ReadTexts): Lookup {
  return ({ field, values }) => {
    const result = read(values);
    if ("errors" in result) return result;
    return result.texts.length === 0 ? noTerms : { terms: [{ test, field, values: result.texts, negated }] };
  };
}
