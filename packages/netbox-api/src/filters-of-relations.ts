import type { Comparable } from "@proxbox/domain";
import {
  emptyLookup,
  type Filter,
  type FilterInput,
  type FilterResult,
  type Lookup,
  noTerms,
} from "./filter.ts";
import { membership, textSuffixes, readTexts } from "./filters-of-text.ts";
import type { ResourceStore } from "./resource-store.ts";

/**
 * One choice, the last value wins; `null` means none. `__n` is checked like it, the other suffixes take free text
 * (choices of the plugin's models, contract section 4.2).
 */
export function choiceFilter(choices: readonly string[]): Filter {
  const equals =
    (negated: boolean): Lookup =>
    ({ field, values }) => {
      const value = values.at(-1) ?? "";
      if (value === "") return noTerms;
      if (value !== "null" && !choices.includes(value)) return { errors: [notAChoice(value)] };
      return membership(field, [value], negated);
    };
  return { "": equals(false), __n: equals(true), ...textSuffixes(readTexts), __empty: emptyLookup };
}

/** Any of several choices; every suffix but `__empty` takes declared choices only (choices of NetBox's own models). */
export function multipleChoiceFilter(choices: readonly string[]): Filter {
  const read = (values: readonly string[]): { texts: readonly string[] } | { errors: readonly string[] } => {
    const texts = values.filter((value) => value !== "");
    const unknown = texts.find((text) => !choices.includes(text));
    return unknown === undefined ? { texts } : { errors: [notAChoice(unknown)] };
  };
  const equals =
    (negated: boolean): Lookup =>
    ({ field, values }) => {
      const result = read(values);
      return "errors" in result ? result : membership(field, result.texts, negated);
    };
  return { "": equals(false), __n: equals(true), ...textSuffixes(read), __empty: emptyLookup };
}

/** A reference by id, one value, the last one wins; `null` means none (relations of the plugin's models). */
export function referenceFilter(path: string): Filter {
  const lookup =
    (negated: boolean): Lookup =>
    async ({ field, values, stores }) => {
      const value = (values.at(-1) ?? "").trim();
      if (value === "" || value === "null") return membership(field, value === "" ? [] : [value], negated);
      const id = parseId(value);
      const known = id === null ? [] : await existing(stores(path), "id", [id]);
      if (known.length === 0) {
        return { errors: ["Select a valid choice. That choice is not one of the available choices."] };
      }
      return { terms: [{ test: "in", field, values: known, orNull: false, negated }] };
    };
  return { "": lookup(false), __n: lookup(true) };
}

/** References of NetBox's own models: several values, by id or by an attribute such as the name; `null` means none. */
export function multipleReferenceFilter({ path, by }: { path: string; by: string }): Filter {
  const lookup =
    (negated: boolean): Lookup =>
    (input) =>
      findReferences(input, { path, by, negated });
  return { "": lookup(false), __n: lookup(true) };
}

async function findReferences(
  { field, values, stores }: FilterInput,
  { path, by, negated }: { path: string; by: string; negated: boolean },
): Promise<FilterResult> {
  const texts = values.filter((value) => value !== "");
  if (texts.length === 0) return noTerms;
  const keys: Comparable[] = [];
  for (const text of texts.filter((value) => value !== "null")) {
    const key = by === "id" ? parseId(text) : text;
    if (key === null) return { errors: [`\u201c${text}\u201d is not a valid value.`] };
    keys.push(key);
  }
  const known = new Set(await existing(stores(path), by, keys));
  const unknown = keys.find((key) => !known.has(key));
  if (unknown !== undefined) return { errors: [notAChoice(String(unknown))] };
  return { terms: [{ test: "in", field, values: keys, orNull: keys.length < texts.length, negated }] };
}

function notAChoice(value: string): string {
  return `Select a valid choice. ${value} is not one of the available choices.`;
}

function parseId(text: string): number | null {
  const id = /^\s*[+-]?\d+\s*$/.test(text) ? Number(text) : null;
  return id !== null && Number.isSafeInteger(id) ? id : null;
}

/** Those of `keys` that some object has as its `field`. */
async function existing(
  store: ResourceStore | undefined,
  field: string,
  keys: readonly Comparable[],
): Promise<Comparable[]> {
  if (store === undefined || keys.length === 0) return [];
  const { rows } = await store.list({
    where: [{ test: "in", field, values: keys, orNull: false, negated: false }],
    search: null,
    order: [],
    page: { by: "cursor", start: 0, limit: null },
  });
  return [...new Set(rows.map((row) => row[field]))]
    .filter((value) => keys.some((key) => key === value))
    .map(asKey);
}

function asKey(value: unknown): Comparable {
  if (typeof value === "string" || typeof value === "number") return value;
  throw new TypeError("References are looked up by text or number");
}
