import type { JsonObject, JsonValue } from "@proxbox/domain";
import type { z } from "zod";
import { UnexpectedAnswer } from "../unexpected-answer.ts";
import { asObject, kindOf, quoted, readObject } from "./read-object.ts";

export interface ListReader<Wire, Value> {
  readonly schema: z.ZodType<Wire>;
  /**
   * Elements whose `type` is another text are passed over, where the contract says that there are such. Nothing else
   * is ever dropped: a missing element would read as "gone".
   */
  readonly types?: readonly string[];
  readonly toValue: (wire: Wire, sent: JsonObject) => Value;
  /** What must be unique in the list. */
  readonly identity: (value: Value) => string | number;
}

/** @throws UnexpectedAnswer naming the first element and key that is wrong, or occurs twice. */
export function readList<Wire, Value>(data: JsonValue, reader: ListReader<Wire, Value>): Value[] {
  if (!Array.isArray(data)) throw new UnexpectedAnswer(`The answer is ${kindOf(data)} instead of a list`);
  const values: Value[] = [];
  const seen = new Set<string | number>();
  for (const [index, element] of data.entries()) {
    const what = () => `Element ${index + 1}${labelOf(element)} of the answer`;
    const sent = asObject(element, what);
    if (isOfOtherType(sent, reader.types)) continue;
    const value = reader.toValue(readObject(sent, reader.schema, what), sent);
    const identity = reader.identity(value);
    if (seen.has(identity)) throw new UnexpectedAnswer(`${what()} occurs twice`);
    seen.add(identity);
    values.push(value);
  }
  return values;
}

function isOfOtherType(sent: JsonObject, types: readonly string[] | undefined): boolean {
  const type = sent["type"];
  return types !== undefined && typeof type === "string" && !types.includes(type);
}

const LABEL_KEYS = ["id", "storage", "node", "name", "filename"];

function labelOf(element: JsonValue): string {
  if (typeof element !== "object" || element === null || Array.isArray(element)) return "";
  const label = LABEL_KEYS.map((key) => element[key]).find((value) => typeof value === "string");
  const quote = label === undefined ? null : quoted(label);
  return quote === null ? "" : ` (${quote})`;
}
