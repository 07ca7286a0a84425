import type { Page } from "@proxbox/domain";
import { ApiError } from "./api-error.ts";
import type { RequestQuery } from "./request-query.ts";

const defaultLimit = 50;
const maximumLimit = 1000;

/** `limit` and `offset` never cause an error, `start` does (contract section 3.2). */
export function parsePage(query: RequestQuery): Page {
  const limit = parseLimit(query.last("limit"));
  if (!query.has("start")) {
    return { by: "offset", limit, offset: parseNatural(query.last("offset")) ?? 0 };
  }
  if (query.has("offset")) throw refusePage("'start' and 'offset' are mutually exclusive.");
  if (query.has("ordering")) {
    throw refusePage("Ordering cannot be specified in conjunction with cursor-based pagination.");
  }
  const start = parseNatural(query.last("start"));
  if (start === null) throw refusePage("Invalid 'start' parameter: must be a non-negative integer.");
  return { by: "cursor", limit, start };
}

/** The addresses of the pages around one, absolute, with all parameters of the request (contract section 3.3). */
export function pageLinks(
  address: string,
  query: RequestQuery,
  { page, count, ids }: { page: Page; count: number | null; ids: readonly number[] },
): { next: string | null; previous: string | null } {
  const limit = page.limit ?? maximumLimit;
  const link = (replacements: Readonly<Record<string, number | null>>): string =>
    `${address}?${query.encodeWith({ limit, ...replacements })}`;
  if (page.by === "cursor") {
    const last = ids.at(-1);
    const isFull = last !== undefined && ids.length >= limit;
    return { next: isFull ? link({ start: last + 1 }) : null, previous: null };
  }
  const { offset } = page;
  const previousOffset = offset - limit <= 0 ? null : offset - limit;
  return {
    next: offset + limit >= (count ?? 0) ? null : link({ offset: offset + limit }),
    previous: offset <= 0 ? null : link({ offset: previousOffset }),
  };
}

function parseLimit(text: string | undefined): number {
  const limit = parseNatural(text);
  if (limit === null) return defaultLimit;
  return limit === 0 ? maximumLimit : Math.min(limit, maximumLimit);
}

/** Null for what Python's `int` refuses, and for negative numbers. */
function parseNatural(text: string | undefined): number | null {
  if (text === undefined || !/^\s*[+-]?\d+\s*$/.test(text)) return null;
  const value = Number(text);
  return value < 0 ? null : Math.min(value, Number.MAX_SAFE_INTEGER - maximumLimit);
}

/** The body is an array, unlike any other error's. */
function refusePage(message: string): ApiError {
  return new ApiError(400, [message]);
}
