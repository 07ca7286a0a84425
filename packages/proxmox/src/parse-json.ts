import type { JsonValue } from "@proxbox/domain";
import { oneLine } from "./one-line.ts";
import { UnexpectedAnswer } from "./unexpected-answer.ts";

/** Proxmox nests a handful of levels. Deeper values would overflow the stack of whoever walks them. */
const DEEPEST = 64;
/** Decoding UTF-8 leaves no lone surrogate and JSON no raw NUL: both can only come from escapes. */
const SUSPECT_ESCAPE = /\\u(?:0000|d[89a-f])/i;

/**
 * The `data` of an answer's body. Texts and keys hold no NUL character and no lone surrogate, which PostgreSQL cannot
 * store: they are U+FFFD. No object has a key `__proto__`.
 *
 * @throws UnexpectedAnswer if the body is not `{"data": ...}`; it quotes the beginning after `redact`.
 */
export function parseData(body: string, redact: (text: string) => string): JsonValue {
  const envelope = parse(body, redact);
  if (typeof envelope !== "object" || envelope === null || !Object.hasOwn(envelope, "data")) {
    throw new UnexpectedAnswer(`The answer has no "data": ${start(body, redact)}. Is this Proxmox VE?`);
  }
  const data: unknown = "data" in envelope ? envelope.data : null;
  return cleaned(data, SUSPECT_ESCAPE.test(body) ? cleanText : asIs, 0);
}

function parse(body: string, redact: (text: string) => string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new UnexpectedAnswer(`The answer is not JSON: ${start(body, redact)}. Is this Proxmox VE?`);
  }
}

function start(body: string, redact: (text: string) => string): string {
  return body === "" ? "it is empty" : `it begins with ${oneLine(redact(body.slice(0, 10_000)), 60)}`;
}

const asIs = (text: string) => text;
const cleanText = (text: string) => text.replaceAll("\0", "\ufffd").replaceAll(/\p{Cs}/gu, "\ufffd");

function cleaned(value: unknown, clean: (text: string) => string, depth: number): JsonValue {
  if (typeof value === "string") return clean(value);
  if (typeof value === "number" || typeof value === "boolean") return value;
  if (typeof value !== "object" || value === null) return null;
  if (depth > DEEPEST) throw new UnexpectedAnswer(`The answer is nested deeper than ${DEEPEST} levels`);
  if (Array.isArray(value)) return value.map((element) => cleaned(element, clean, depth + 1));
  const copy: Record<string, JsonValue> = {};
  for (const [key, element] of Object.entries(value)) {
    if (key !== "__proto__") copy[clean(key)] = cleaned(element, clean, depth + 1);
  }
  return copy;
}
