import type { ListQuery, Order, Term } from "@proxbox/domain";
import { type FieldErrors, invalidInput } from "./api-error.ts";
import { readTexts } from "./filters-of-text.ts";
import { parsePage } from "./pagination.ts";
import type { RequestQuery } from "./request-query.ts";
import type { Resource } from "./resource.ts";
import type { StoreLookup } from "./resource-store.ts";

/**
 * What a list request asks for. Throws ApiError 400: one message per bad filter first, then what is wrong with the
 * page. Parameters that are no filter of the resource are ignored (contract section 4.6).
 */
export async function parseListRequest(
  resource: Resource,
  query: RequestQuery,
  stores: StoreLookup,
): Promise<ListQuery> {
  const where: Term[] = [];
  const errors: FieldErrors = {};
  for (const [name, values] of query.entries()) {
    const filter = resource.filters.get(name);
    if (filter === undefined) continue;
    const result = await filter.lookup({ field: filter.field, values, stores });
    if ("errors" in result) errors[name] = result.errors;
    else where.push(...result.terms);
  }
  const search = readTexts([query.last("q") ?? ""]);
  if ("errors" in search) errors["q"] = search.errors;
  if (Object.keys(errors).length > 0) throw invalidInput(errors);
  return {
    where,
    search: ("texts" in search ? search.texts[0] : undefined) ?? null,
    order: parseOrder(resource, query.last("ordering")),
    page: parsePage(query),
  };
}

/** Terms that name nothing to order by are dropped (contract L-6). */
function parseOrder(resource: Resource, ordering: string | undefined): Order[] {
  return (ordering ?? "").split(",").flatMap((part) => {
    const term = part.trim();
    const descending = term.startsWith("-");
    const field = resource.orders.get(descending ? term.slice(1) : term);
    return field === undefined ? [] : [{ field, descending }];
  });
}
