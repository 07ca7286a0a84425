import type { IncomingMessage } from "node:http";
import { ApiError, refuse } from "./api-error.ts";

const maximumBytes = 1_048_576;
const maximumDepth = 100;

/**
 * The body of a request: JSON, or flat form data. An empty body is an empty object. Throws ApiError 413 above 1 MB,
 * 415 for other content types, 400 for what is no JSON (contract U-5, section 6.4).
 */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const bytes = await readBytes(request);
  if (bytes.length === 0) return {};
  const contentType = request.headers["content-type"] ?? "";
  const mediaType = (contentType.split(";")[0] ?? "").trim().toLowerCase();
  if (mediaType === "application/json") return parseJson(bytes);
  if (mediaType === "multipart/form-data") return parseForm(bytes, contentType);
  throw refuse(415, `Unsupported media type "${contentType}" in request.`);
}

/** Throws ApiError 400 unless the body is an object; Python's names of the types are part of the text. */
export function requireObject(body: unknown): Readonly<Record<string, unknown>> {
  if (body === null) throw new ApiError(400, { non_field_errors: ["No data provided"] });
  if (!isRecord(body)) {
    const text = `Invalid data. Expected a dictionary, but got ${pythonType(body)}.`;
    throw new ApiError(400, { non_field_errors: [text] });
  }
  return body;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What Python calls the type of a JSON value. */
export function pythonType(value: unknown): string {
  if (value === null) return "NoneType";
  if (Array.isArray(value)) return "list";
  if (typeof value === "object") return "dict";
  if (typeof value === "string") return "str";
  if (typeof value === "boolean") return "bool";
  return Number.isInteger(value) ? "int" : "float";
}

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  if (Number(request.headers["content-length"] ?? 0) > maximumBytes) throw tooLarge();
  try {
    for await (const chunk of request) {
      if (!Buffer.isBuffer(chunk)) throw new TypeError("The request stream has an encoding");
      size += chunk.length;
      if (size > maximumBytes) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    if (!request.complete && !(error instanceof ApiError))
      throw refuse(400, "The request body is incomplete.");
    throw error;
  }
  return Buffer.concat(chunks);
}

/** The rest of the body is never read, so the connection cannot be used again. */
function tooLarge(): ApiError {
  return new ApiError(
    413,
    { detail: `Request body exceeds ${maximumBytes} bytes.` },
    { Connection: "close" },
  );
}

function parseJson(bytes: Buffer): unknown {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (depthOf(text) > maximumDepth) throw new SyntaxError(`nested deeper than ${maximumDepth}`);
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw refuse(400, `JSON parse error - ${reason}`);
  }
}

/** How deep arrays and objects go, found without recursion: what walks the value later may recurse. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/gs)) {
    if (token === "[" || token === "{") deepest = Math.max(deepest, ++depth);
    else if (token === "]" || token === "}") depth--;
  }
  return deepest;
}

async function parseForm(bytes: Buffer, contentType: string): Promise<Record<string, unknown>> {
  const message = new Response(new Uint8Array(bytes), { headers: { "content-type": contentType } });
  try {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- the advice is for bodies without a limit; ours has one
    const form = await message.formData();
    return Object.fromEntries([...form.entries()].filter(([, value]) => typeof value === "string"));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw refuse(400, `Multipart form parse error - ${reason}`);
  }
}
