import { pipeline } from "node:stream/promises";
import { TLSSocket } from "node:tls";
import { sendHalf, sendWhole, waitUnlessClosed } from "./send-answer.ts";
import type { Fault } from "./faults.ts";
import type { EncodedAnswer } from "./send-answer.ts";
import type { WireAnswer } from "./wire-answer.ts";
import type { World } from "./world.ts";
import type { ServerResponse } from "node:http";

const MALFORMED = '{"data":[{"id":"100-0","guest":100,"jobnum":';

/** Does what has to happen before the request is looked at; true when nothing more is to be sent. */
export async function applyBeforeAnswer(
  faults: readonly Fault[],
  response: ServerResponse,
  world: World,
): Promise<boolean> {
  for (const fault of faults) {
    if (fault.kind === "event") fault.apply(world);
    if (fault.kind === "latency") await waitUnlessClosed(response, fault.ms);
    if (fault.kind === "huge-body") {
      await sendHuge(response, fault.bytes);
      return true;
    }
    if ((fault.kind === "hang" || fault.kind === "reset") && fault.at !== "mid-body") {
      if (fault.kind === "reset") resetConnection(response);
      return true;
    }
  }
  return response.destroyed;
}

/** The answer that a fault puts in the place of the real one, or null. */
export function replacementAnswer(
  faults: readonly Fault[],
  facts: { textInBody: boolean },
): WireAnswer | null {
  for (const fault of faults) {
    switch (fault.kind) {
      case "status":
        return statusAnswer(fault.status, fault.text ?? defaultText(fault.status), facts.textInBody);
      case "malformed-json":
        return { status: 200, reason: "OK", body: MALFORMED, delayMs: 0 };
      case "data":
        return { status: 200, reason: "OK", body: JSON.stringify({ data: fault.data }), delayMs: 0 };
      case "redirect":
        return {
          status: 301,
          reason: "Moved Permanently",
          body: null,
          delayMs: 0,
          headers: { Location: fault.location },
        };
      default:
    }
  }
  return null;
}

/** Sends the answer, whole or broken off. */
export async function sendWithFaults(
  faults: readonly Fault[],
  response: ServerResponse,
  answer: EncodedAnswer,
): Promise<void> {
  const breaking = faults.find(
    ({ kind }) => kind === "hang" || kind === "reset" || kind === "truncated-body",
  );
  if (!breaking) {
    sendWhole(response, answer);
    return;
  }
  await sendHalf(response, answer);
  if (breaking.kind === "reset") resetConnection(response);
  if (breaking.kind === "truncated-body") response.socket?.end();
}

function statusAnswer(status: number, text: string, textInBody: boolean): WireAnswer {
  const isBare = status === 401 || status >= 595;
  const envelope = { data: null, ...(textInBody ? { message: `${text}\n` } : {}) };
  return { status, reason: text, body: isBare ? null : JSON.stringify(envelope), delayMs: 0 };
}

const DEFAULT_TEXTS: Readonly<Record<number, string>> = {
  401: "Authentication failed!",
  403: "Permission check failed (/, Sys.Audit)",
  500: "got timeout",
  595: "No route to host",
  596: "Connection timed out",
};

function defaultText(status: number): string {
  return DEFAULT_TEXTS[status] ?? "fault on command";
}

function resetConnection({ socket }: ServerResponse): void {
  if (socket instanceof TLSSocket) socket.destroy();
  else socket?.resetAndDestroy();
}

/** One array of equal strings, sent in pieces of 64 KiB as fast as the client reads. */
async function sendHuge(response: ServerResponse, bytes: number): Promise<void> {
  response.writeHead(200, "OK", { "Content-Type": "application/json;charset=UTF-8", Connection: "close" });
  await pipeline(hugeBody(bytes), response);
}

function* hugeBody(bytes: number): Generator<string> {
  const piece = `"${"x".repeat(1021)}",`.repeat(64);
  yield '{"data":[';
  for (let sent = 0; sent < bytes; sent += piece.length) yield piece;
  yield '"end"]}';
}
