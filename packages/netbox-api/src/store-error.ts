import { z } from "zod";
import { ApiError, type FieldErrors, invalidInput, permissionDenied, refuse } from "./api-error.ts";
import type { RequestQuery } from "./request-query.ts";
import type { Resource } from "./resource.ts";
import type { ResourceStore } from "./resource-store.ts";

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
  const errors = uniqueErrors(resource, parsed.data.constraint);
  return errors === null ? error : invalidInput(errors);
}

const protectedRow = z.object({
  code: z.literal("protected-row"),
  dependents: z.array(z.object({ relation: z.string(), id: z.number() })),
});

/** Finds the resource whose objects a store's errors call by a name; undefined: they are no resource. */
export type DependentLookup = (relation: string) => { resource: Resource; store: ResourceStore } | undefined;

/** The answer to a deletion that other objects do not allow; null for every other error (contract section 6.5). */
export async function protectionRefusal(error: unknown, lookup: DependentLookup): Promise<ApiError | null> {
  const parsed = protectedRow.safeParse(error);
  if (!parsed.success) return null;
  const { dependents } = parsed.data;
  const names: string[] = [];
  for (const { relation, id } of dependents) {
    const found = lookup(relation);
    const row = (await found?.store.get(id)) ?? null;
    names.push(`${found === undefined || row === null ? relation : found.resource.display(row)} (${id})`);
  }
  const text = `Unable to delete object. ${names.length} dependent objects were found: ${names.join(", ")}`;
  return refuse(409, text);
}

const refusedBatch = z.object({
  code: z.literal("batch-refused"),
  violations: z.array(z.object({ index: z.number(), constraint: z.string() })),
});

/** The answer to a list of which the store refused some items; null for every other error (contract W-8). */
export function batchRefusal(error: unknown, resource: Resource, size: number): ApiError | null {
  const parsed = refusedBatch.safeParse(error);
  if (!parsed.success) return null;
  const body: FieldErrors[] = Array.from({ length: size }, () => ({}));
  for (const { index, constraint } of parsed.data.violations) {
    const errors = uniqueErrors(resource, constraint);
    if (errors === null) return null;
    body[index] = errors;
  }
  return new ApiError(400, body);
}

function uniqueErrors(resource: Resource, constraint: string): FieldErrors | null {
  const message = resource.unique.get(constraint);
  if (message === undefined) return null;
  return typeof message === "string" ? { __all__: [message] } : message;
}

/** PostgreSQL does not say which of several expressions it was, so each of them is named. */
function patternErrors(query: RequestQuery): FieldErrors {
  const errors: FieldErrors = {};
  for (const [name] of query.entries()) {
    if (/__i?regex$/.test(name)) errors[name] = ["Enter a valid regular expression."];
  }
  return errors;
}
