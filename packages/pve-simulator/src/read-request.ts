import { Refusal } from "./refusal.ts";
import type { ApiRequest } from "./answer-request.ts";
import type { IncomingMessage } from "node:http";

const PREFIX = "/api2/json";
const MOST_HEADER_LINES = 64;
const MOST_BODY_BYTES = 512 * 1024;
const METHODS = new Set(["GET", "POST", "PUT", "DELETE"]);

/** Method, path without `/api2/json`, and query of a request. */
export interface RequestLine {
  method: string;
  path: string;
  query: Record<string, string>;
}

/** Splits the address; a path outside `/api2/json` stays as it is. */
export function requestLine(message: IncomingMessage): RequestLine {
  const [rawPath = "/", ...rest] = (message.url ?? "/").split("?");
  const path = rawPath.startsWith(`${PREFIX}/`) ? rawPath.slice(PREFIX.length) : rawPath;
  return {
    method: message.method ?? "GET",
    path: decodePath(path),
    query: Object.fromEntries(new URLSearchParams(rest.join("?"))),
  };
}

/** Reads what the routes need; throws a Refusal where Proxmox's server does not take the request (contract section 1). */
export async function readRequest(message: IncomingMessage, line: RequestLine): Promise<ApiRequest> {
  const { method, path, query } = line;
  const { headers } = message;
  refuseUntakable(message, line);
  const length = contentLength(message);
  const body = length > 0 ? parseBody(await readBody(message), headers["content-type"] ?? "") : {};
  const csrfToken = headers["csrfpreventiontoken"];
  return {
    path,
    parameters: new Map(Object.entries({ ...query, ...body })),
    credentials: {
      method,
      authorization: headers.authorization,
      cookie: headers.cookie,
      csrfToken: Array.isArray(csrfToken) ? csrfToken[0] : csrfToken,
    },
  };
}

function refuseUntakable(message: IncomingMessage, { method, path }: RequestLine): void {
  if (!METHODS.has(method)) throw notTaken(`method '${method}' not available`);
  if (message.rawHeaders.length / 2 > MOST_HEADER_LINES) {
    throw new Refusal(400, `too many http header lines (> ${MOST_HEADER_LINES})`, { body: "none" });
  }
  if (message.headers["transfer-encoding"] !== undefined) {
    throw notTaken("chunked transfer encoding not supported");
  }
  const length = contentLength(message);
  if (length > 0 && (method === "GET" || method === "DELETE")) {
    throw notTaken(`Unexpected content for method '${method}'`);
  }
  if (length > MOST_BODY_BYTES) throw notTaken("for data too large");
  if (!message.url?.startsWith(`${PREFIX}/`)) throw notTaken(`no such file '${path}'`);
}

function contentLength({ headers }: IncomingMessage): number {
  return Number(headers["content-length"] ?? 0);
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

async function readBody(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks).toString("utf8");
}

function parseBody(body: string, contentType: string): Record<string, string> {
  if (!contentType.startsWith("application/json")) return Object.fromEntries(new URLSearchParams(body));
  const parsed = parseJson(body);
  if (typeof parsed !== "object" || parsed === null) throw new Refusal(400, "malformed JSON string");
  return Object.fromEntries(Object.entries(parsed).map(([name, value]) => [name, String(value)]));
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new Refusal(400, "malformed JSON string");
  }
}

function notTaken(text: string): Refusal {
  return new Refusal(501, text, { body: "none" });
}
