import type { JsonObject, JsonValue } from "@proxbox/domain";
import type { z } from "zod";
import { oneLine } from "../one-line.ts";
import { UnexpectedAnswer } from "../unexpected-answer.ts";

/**
 * `what` names the value in messages; a function, because naming each of many thousand elements would take longer
 * than reading them.
 *
 * @throws UnexpectedAnswer naming the first key that is wrong.
 */
export function readObject<Wire>(value: JsonValue, schema: z.ZodType<Wire>, what: () => string): Wire {
  const result = schema.safeParse(asObject(value, what));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const key = quoted((issue?.path ?? []).map(String).join("."));
  throw new UnexpectedAnswer(`${what()}: ${key ?? "a key"} ${issue?.message ?? "is wrong"}`);
}

const LONGEST_QUOTE = 80;

/** Short texts in quotes, null for longer ones: half of a secret would not be recognised as one any more. */
export function quoted(text: string): string | null {
  return text.length <= LONGEST_QUOTE ? `"${oneLine(text)}"` : null;
}

/** @throws UnexpectedAnswer if the value is none. */
export function asObject(value: JsonValue, what: () => string): JsonObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new UnexpectedAnswer(`${what()} is ${kindOf(value)} instead of an object`);
}

/** "null", "a list", "a text", ... for messages. */
export function kindOf(value: JsonValue): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  return typeof value === "string" ? "a text" : `a ${typeof value}`;
}
