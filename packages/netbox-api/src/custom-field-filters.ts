import type { CustomField, CustomFieldType, JsonMember } from "@proxbox/domain";
import type { Filter, FilterResult, Lookup } from "./filter.ts";
import { membership, readTexts, textFilter } from "./filters-of-text.ts";
import {
  booleanFilter,
  dateFilter,
  decimalFilter,
  instantFilter,
  integerFilter,
} from "./filters-of-values.ts";

/** The lookups of one custom field, none where it cannot be filtered (contract section 4.7). */
export function customFieldFilter(field: CustomField): Filter {
  if (field.filterLogic === "disabled") return {};
  const { name: key } = field;
  const kind = kinds[field.type];
  return kind(key, field);
}

type Kind = (key: string, field: CustomField) => Filter;

const text: Kind = (key, { filterLogic }) =>
  filterLogic === "loose" ? { "": inside(containsText, { key, type: "text" }) } : exactText(key);

const kinds: Readonly<Record<CustomFieldType, Kind>> = {
  text,
  longtext: text,
  url: text,
  integer: (key) => comparable(integerFilter, { key, type: "numeric" }),
  decimal: (key) => comparable(decimalFilter, { key, type: "numeric" }),
  object: (key) => comparable(integerFilter, { key, type: "numeric" }),
  boolean: (key) => insideAll(booleanFilter, { key, type: "boolean" }),
  date: (key) => comparable(dateFilter, { key, type: "text" }),
  datetime: (key) => comparable(instantFilter, { key, type: "timestamptz" }),
  select: exactText,
  multiselect: (key) => ({
    ...exactText(key),
    "": inside(textFilter[""], { key, type: "text", many: true }),
    // It compares the whole list with one text, which no list equals.
    __n: () => ({ terms: [] }),
  }),
  multiobject: members,
  json: () => ({}),
};

function exactText(key: string): Filter {
  return insideAll(textFilter, { key, type: "text" });
}

/** Contains any of the texts, ignoring case; the lone `null` means no value. */
const containsText: Lookup = ({ field, values }) => {
  const read = readTexts(values);
  if ("errors" in read) return read;
  const { texts } = read;
  if (texts.length === 0 || texts.every((value) => value === "null")) return membership(field, texts, false);
  return { terms: [{ test: "contains", field, values: texts, negated: false }] };
};

function comparable(filter: Filter, member: JsonMember): Filter {
  return insideAll({ ...filter, "": orNull(filter[""], false), __n: orNull(filter["__n"], true) }, member);
}

/** Ids in a list: `__n` is "not among them", and no list is less or more than an id. */
function members(key: string): Filter {
  const lists: JsonMember = { key, type: "text", many: true };
  const asText =
    (lookup: Lookup | undefined): Lookup =>
    async (input) => {
      const result = await run(lookup, input);
      if ("errors" in result) return result;
      return {
        terms: result.terms.map((term) =>
          term.test === "in" ? { ...term, values: term.values.map(String) } : term,
        ),
      };
    };
  const never =
    (lookup: Lookup | undefined): Lookup =>
    async (input) => {
      const result = await run(lookup, input);
      if ("errors" in result || result.terms.length === 0) return result;
      return { terms: [{ test: "in", field: input.field, values: [], orNull: false, negated: false }] };
    };
  return {
    "": inside(asText(orNull(integerFilter[""], false)), lists),
    __n: inside(asText(orNull(integerFilter["__n"], true)), lists),
    __lt: never(integerFilter["__lt"]),
    __lte: never(integerFilter["__lte"]),
    __gt: never(integerFilter["__gt"]),
    __gte: never(integerFilter["__gte"]),
    __empty: inside(integerFilter["__empty"], { key, type: "text" }),
  };
}

/** Lets the lone `null` stand for "has no value", where the values of a filter are no texts. */
function orNull(lookup: Lookup | undefined, negated: boolean): Lookup {
  return (input) => {
    const isNull = input.values.every((value) => value.trim() === "null");
    return isNull ? membership(input.field, ["null"], negated) : run(lookup, input);
  };
}

function insideAll(filter: Filter, member: JsonMember): Filter {
  return Object.fromEntries(
    Object.entries(filter).map(([suffix, lookup]) => [suffix, inside(lookup, member)]),
  );
}

/** A lookup turned to a value inside of its JSON field. */
function inside(lookup: Lookup | undefined, member: JsonMember): Lookup {
  return async (input) => {
    const result = await run(lookup, input);
    if ("errors" in result) return result;
    return { terms: result.terms.map((term) => ({ ...term, inside: member })) };
  };
}

function run(lookup: Lookup | undefined, input: Parameters<Lookup>[0]): FilterResult | Promise<FilterResult> {
  if (lookup === undefined) throw new Error("A custom field's filter builds on a lookup that is not there");
  return lookup(input);
}
