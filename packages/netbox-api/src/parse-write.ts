import { type FieldErrors, invalidInput } from "./api-error.ts";
import type { ResourceField } from "./resource.ts";
import type { StoreLookup, Values } from "./resource-store.ts";

export interface WriteRequest {
  readonly body: Readonly<Record<string, unknown>>;
  /** The fields that the request may touch. */
  readonly selected: readonly ResourceField[];
  /** Create and PUT need the required fields, PATCH does not. */
  readonly needsAll: boolean;
  readonly stores: StoreLookup;
}

/** The values to store, by source name. Throws ApiError 400 with the messages of all bad fields. */
export async function parseWrite(fields: readonly ResourceField[], request: WriteRequest): Promise<Values> {
  const values: Record<string, unknown> = {};
  const errors: FieldErrors = {};
  for (const field of fields) {
    const result = await parseField(field, request);
    if (result === null) continue;
    if ("errors" in result) errors[field.name] = result.errors;
    else values[field.source] = result.value;
  }
  if (Object.keys(errors).length > 0) throw invalidInput(errors);
  return values;
}

type FieldResult = { readonly value: unknown } | { readonly errors: unknown } | null;

async function parseField(field: ResourceField, request: WriteRequest): Promise<FieldResult> {
  const rule = field.write;
  if (rule === undefined) return null;
  if (!request.selected.includes(field)) {
    // What is not selected is not even read, and the model complains in its own words (contract section 3.5).
    return rule.required && request.needsAll ? { errors: [modelWording(field)] } : null;
  }
  if (!Object.hasOwn(request.body, field.name)) {
    return rule.required && request.needsAll ? { errors: ["This field is required."] } : null;
  }
  const input = request.body[field.name];
  if (input === null) return rule.onNull === "store" ? { value: null } : { errors: [rule.onNull.error] };
  const parsed = rule.schema.safeParse(input);
  if (!parsed.success) return { errors: parsed.error.issues.map(({ message }) => message) };
  return rule.resolve === undefined ? { value: parsed.data } : rule.resolve(parsed.data, request.stores);
}

function modelWording({ write, metadata }: ResourceField): string {
  const isText = metadata?.type === "string" || metadata?.type === "slug" || metadata?.choices !== undefined;
  return isText && write?.onNull !== "store" ? "This field cannot be blank." : "This field cannot be null.";
}
