import { writeJson } from "./write-json.ts";
import type { Behaviour } from "./flavours.ts";
import type { Random } from "./random.ts";
import type { Refusal } from "./refusal.ts";
import type { Answer } from "./request.ts";

/** An answer ready to be sent: status line text, and the JSON text or null for no body at all. */
export interface WireAnswer {
  status: number;
  reason: string;
  body: string | null;
  delayMs: number;
  headers?: Readonly<Record<string, string>>;
}

/** The envelope of a success (contract section 1). */
export function successAnswer({ data, total }: Answer, random: Random): WireAnswer {
  return { status: 200, reason: "OK", body: writeJson({ data, total }, random), delayMs: 0 };
}

/** A failure: the text always stands in the status line, up to its first line break, and from 8.4 in the body too. */
export function refusalAnswer(refusal: Refusal, behaviour: Behaviour, random: Random): WireAnswer {
  const { status, message, errors, delayMs } = refusal;
  const body = {
    data: null,
    message: behaviour.textInBody ? `${message}\n` : undefined,
    errors: errors ?? undefined,
  };
  return {
    status,
    reason: message,
    body: refusal.body === "none" ? null : writeJson(body, random),
    delayMs,
  };
}

/** What may stand in a status line: the first line, as UTF-8 bytes. */
export function statusLineText(text: string): string {
  const [firstLine = ""] = text.split(/[\r\n]/, 1);
  return Buffer.from(firstLine, "utf8")
    .toString("latin1")
    .replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, "?");
}
