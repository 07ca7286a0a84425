import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { constants, gzip } from "node:zlib";
import { statusLineText } from "./wire-answer.ts";
import type { WireAnswer } from "./wire-answer.ts";
import type { ServerResponse } from "node:http";

const compress = promisify(gzip);
const GZIP_ABOVE_BYTES = 1024;

/** An answer turned into bytes. */
export interface EncodedAnswer {
  status: number;
  reason: string;
  headers: Record<string, string | number>;
  body: Buffer;
}

/** Adds the headers of Proxmox's server: gzip when asked for and worth it, keep-alive only after a success. */
export async function encodeAnswer(answer: WireAnswer, acceptsGzip: boolean): Promise<EncodedAnswer> {
  const headers: Record<string, string | number> = {
    "Cache-Control": "max-age=0",
    Pragma: "no-cache",
    Server: "pve-api-daemon/3.0",
    ...(answer.status < 400 ? {} : { Connection: "close" }),
    ...answer.headers,
  };
  let body = Buffer.from(answer.body ?? "", "utf8");
  if (answer.body !== null) headers["Content-Type"] = "application/json;charset=UTF-8";
  if (acceptsGzip && body.length > GZIP_ABOVE_BYTES) {
    body = Buffer.from(await compress(body, { level: constants.Z_BEST_SPEED }));
    headers["Content-Encoding"] = "gzip";
  }
  headers["Content-Length"] = body.length;
  return { status: answer.status, reason: statusLineText(answer.reason), headers, body };
}

/** Sends the whole answer. */
export function sendWhole(response: ServerResponse, answer: EncodedAnswer): void {
  response.writeHead(answer.status, answer.reason, answer.headers);
  response.end(answer.body);
}

/** Announces the whole answer and sends half of the body; resolves when that half has left. */
export async function sendHalf(response: ServerResponse, answer: EncodedAnswer): Promise<void> {
  response.writeHead(answer.status, answer.reason, answer.headers);
  const half = answer.body.subarray(0, Math.floor(answer.body.length / 2));
  await new Promise<void>((resolve) => {
    if (half.length === 0) {
      response.flushHeaders();
      resolve();
    } else response.write(half, () => resolve());
  });
}

/** Waits, but not beyond the end of the connection. */
export async function waitUnlessClosed(response: ServerResponse, ms: number): Promise<void> {
  if (ms <= 0) return;
  const closed = new AbortController();
  const stop = () => closed.abort();
  response.once("close", stop);
  try {
    await sleep(ms, undefined, { signal: closed.signal });
  } catch (error) {
    if (!closed.signal.aborted) throw error;
    return;
  } finally {
    response.off("close", stop);
  }
}
