import type { Term } from "@proxbox/domain";
import type { Filter, FilterResult, Lookup } from "./filter.ts";
import { multipleReferenceFilter } from "./filters-of-relations.ts";

/**
 * Tags by slug: all of several must be there, `__n` none of them, `__any` one of them; `null` means no tags. The empty
 * value is a slug that no tag has (contract section 4.5).
 */
export function tagFilter(path: string): Filter {
  const known = lookupOf(path, "slug");
  const lookup =
    (split: boolean, negated: boolean): Lookup =>
    (input) => {
      if (input.values.includes("")) {
        return { errors: ["Select a valid choice.  is not one of the available choices."] };
      }
      return separate(known(input), { split, negated });
    };
  return suffixes(lookup);
}

/** As `tagFilter`, by id. */
export function tagIdFilter(path: string): Filter {
  const known = lookupOf(path, "id");
  return suffixes(
    (split, negated): Lookup =>
      (input) =>
        separate(known(input), { split, negated }),
  );
}

function lookupOf(path: string, by: string): Lookup {
  const lookup = multipleReferenceFilter({ path, by })[""];
  if (lookup === undefined) throw new Error("References are not looked up by their plain name");
  return lookup;
}

function suffixes(lookup: (split: boolean, negated: boolean) => Lookup): Filter {
  return { "": lookup(true, false), __n: lookup(true, true), __any: lookup(false, false) };
}

/** "Any of these" as it is, or each of them on its own. */
async function separate(
  result: FilterResult | Promise<FilterResult>,
  { split, negated }: { split: boolean; negated: boolean },
): Promise<FilterResult> {
  const found = await result;
  if ("errors" in found || !split) return found;
  return { terms: found.terms.flatMap((term) => eachOf(term, negated)) };
}

function eachOf(term: Term, negated: boolean): Term[] {
  if (term.test !== "in") return [term];
  const one: Term[] = term.values.map((value) => ({ ...term, values: [value], orNull: false, negated }));
  return term.orNull ? [...one, { ...term, values: [], negated }] : one;
}
