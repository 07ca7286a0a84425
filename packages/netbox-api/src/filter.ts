import type { Term } from "@proxbox/domain";
import type { StoreLookup } from "./resource-store.ts";

export interface FilterInput {
  /** Name of the field in list queries. */
  readonly field: string;
  /** All values of the parameter, as they were sent; never none. */
  readonly values: readonly string[];
  readonly stores: StoreLookup;
}

/** Conditions, none where the values mean "no filter"; or why the values cannot be understood. */
export type FilterResult = { readonly terms: readonly Term[] } | { readonly errors: readonly string[] };

export type Lookup = (input: FilterInput) => FilterResult | Promise<FilterResult>;

/** What a type of field can be asked: suffix to lookup, the empty suffix being the plain name (contract section 4.2). */
export type Filter = Readonly<Record<string, Lookup>>;

/** The parameter is there, and asks for nothing. */
export const noTerms: FilterResult = { terms: [] };

/** `true True 2` and `false False 3`; null for every other spelling, which is ignored (contract section 4.2). */
export function parseFlag(text: string | undefined): boolean | null {
  if (text === "true" || text === "True" || text === "2") return true;
  if (text === "false" || text === "False" || text === "3") return false;
  return null;
}

/** `__empty`: has the field a value? */
export const emptyLookup: Lookup = ({ field, values }) => {
  const flag = parseFlag(values.at(-1));
  return flag === null ? noTerms : { terms: [{ test: "empty", field, negated: !flag }] };
};
