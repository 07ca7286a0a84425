import type { ClientRequest, Agent as HttpAgent } from "node:http";
import type { Agent as HttpsAgent } from "node:https";
import got from "got";
import { isError } from "./is-error.ts";
import { UnexpectedAnswer } from "./unexpected-answer.ts";

export interface HttpRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Makes it a POST. */
  readonly form?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  /** The text of the status line. */
  readonly reason: string;
  readonly location: string | null;
  readonly body: string;
}

export interface HttpLimits {
  readonly agents: { readonly http: HttpAgent; readonly https: HttpsAgent };
  readonly timeoutMs: number;
  /** After decompression. */
  readonly maxBodyBytes: number;
}

/** No whole answer came. `cause` is what got or the socket said, and must not be shown: it knows the headers. */
export class ExchangeFailure extends Error {
  override readonly name = "ExchangeFailure";
  /** A kept connection ended before the answer began, which is normal and says nothing about Proxmox. */
  readonly connectionWasStale: boolean;

  constructor(cause: unknown, connectionWasStale: boolean) {
    super("no answer", { cause });
    this.connectionWasStale = connectionWasStale;
  }
}

const STALE_CODES = new Set(["ECONNRESET", "EPIPE"]);

/**
 * One request, one answer, whatever its status; no retries, no redirects.
 *
 * @throws ExchangeFailure, UnexpectedAnswer when the body is too large, or the abort reason.
 */
export async function exchange(request: HttpRequest, limits: HttpLimits): Promise<HttpAnswer> {
  request.signal.throwIfAborted();
  // got goes on listening to its signal after the end, and would then throw at nobody, so it gets one that ends here.
  const abandon = new AbortController();
  const onAbort = () => abandon.abort();
  request.signal.addEventListener("abort", onAbort, { once: true });
  // A stream, because only then the size can be limited while the body is being decompressed.
  const stream = got.stream(request.url, {
    method: request.form === undefined ? "GET" : "POST",
    headers: {
      "user-agent": "proxbox",
      accept: "application/json",
      "accept-encoding": "gzip",
      ...request.headers,
    },
    ...(request.form === undefined ? {} : { form: request.form }),
    agent: limits.agents,
    signal: abandon.signal,
    timeout: { request: limits.timeoutMs },
    retry: { limit: 0 },
    followRedirect: false,
    throwHttpErrors: false,
    http2: false,
  });
  // `readBody` sees every error; one after that must not reach the process, which would print the headers.
  stream.on("error", () => undefined);
  let sent: ClientRequest | undefined;
  stream.once("request", (clientRequest: ClientRequest) => (sent = clientRequest));
  try {
    const body = await readBody(stream, limits.maxBodyBytes);
    const { response } = stream;
    if (response === undefined) throw new Error("the stream ended without a response");
    return {
      status: response.statusCode,
      // Node reads header bytes as latin1.
      reason: Buffer.from(response.statusMessage ?? "", "latin1").toString("utf8"),
      location: response.headers.location ?? null,
      body,
    };
  } catch (error) {
    request.signal.throwIfAborted();
    if (error instanceof UnexpectedAnswer) throw error;
    const stale =
      sent?.reusedSocket === true && stream.response === undefined && STALE_CODES.has(errorCode(error));
    throw new ExchangeFailure(error, stale);
  } finally {
    request.signal.removeEventListener("abort", onAbort);
  }
}

async function readBody(stream: AsyncIterable<unknown>, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    size += bytes.length;
    if (size > maxBytes) {
      throw new UnexpectedAnswer(`The answer is larger than the limit of ${maxBytes} bytes`);
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks, size).toString("utf8");
}

/** The `code` of a Node or got error, or an empty text. */
export function errorCode(error: unknown): string {
  return isError(error) && "code" in error && typeof error.code === "string" ? error.code : "";
}
