import { z } from "zod";
import { ApiError, type FieldErrors, invalidInput, permissionDenied } from "./api-error.ts";
import type { RequestQuery } from "./request-query.ts";
import type { Resource } from "./resource.ts";

const conditionError = z.object({ code: z.enum(["invalid-value", "unknown-field"]) });

/** Why a condition that a client made up itself cannot be asked; null for every other error. */
export function conditionErrorCode(error: unknown): "invalid-value" | "unknown-field" | null {
  const parsed = conditionError.safeParse(error);
  return parsed.success ? parsed.data.code : null;
}

const storeError = z.discriminatedUnion("code", [
  z.object({ code: z.literal("invalid-pattern") }),
  z.object({ code: z.literal("not-permitted") }),
  z.object({ code: z.literal("unique-violation"), constraint: z.string() }),
]);

/** An error of a store that means the request was wrong, as its answer; every other error as it is. */
export function translateStoreError(error: unknown, resource: Resource, query: RequestQuery): unknown {
  const parsed = storeError.safeParse(error);
  if (!parsed.success || error instanceof ApiError) return error;
  if (parsed.data.code === "not-permitted") return permissionDenied();
  if (parsed.data.code === "invalid-pattern") return invalidInput(patternErrors(query));
  const message = resource.unique.get(parsed.data.constraint);
  if (message === undefined) return error;
  return invalidInput(typeof message === "string" ? { __all__: [message] } : message);
}

/** PostgreSQL does not say which of several expressions it was, so each of them is named. */
function patternErrors(query: RequestQuery): FieldErrors {
  const errors: FieldErrors = {};
  for (const [name] of query.entries()) {
    if (/__i?regex$/.test(name)) errors[name] = ["Enter a valid regular expression."];
  }
  return errors;
}
