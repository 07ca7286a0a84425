import { notFound, refuse } from "./api-error.ts";
import type { RequestQuery } from "./request-query.ts";

export const apiVersion = "4.6";

/** How an answer is written. `indent` is null for compact JSON. */
export interface Rendering {
  readonly type: "application/json" | "text/html";
  readonly indent: number | null;
}

export const plainRendering: Rendering = { type: "application/json", indent: null };

interface MediaRange {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const types = ["application/json", "text/html"] as const;
const typesOfFormat: Readonly<Record<string, (typeof types)[number]>> = {
  json: "application/json",
  api: "text/html",
};

/**
 * What the client wants to read: `format` narrows the types, the Accept header must still admit one of them.
 * Throws ApiError 404 for an unknown format, 406 where nothing fits or another version is asked for (contract U-6 to U-8).
 */
export function negotiate(accept: string | undefined, query: RequestQuery): Rendering {
  const format = query.last("format");
  const offered = format ? typesOfFormat[format] : undefined;
  if (format && offered === undefined) throw notFound();
  const available = offered === undefined ? types : [offered];
  const ranges = (accept ?? "*/*").split(",").map(parseRange);
  for (const precedence of [3, 2, 1, 0]) {
    for (const type of available) {
      const range = ranges.find(
        (candidate) => precedenceOf(candidate) === precedence && admits(candidate, type),
      );
      if (range !== undefined) return render(type, range);
    }
  }
  throw refuse(406, "Could not satisfy the request Accept header.");
}

function render(type: Rendering["type"], { parameters }: MediaRange): Rendering {
  const version = parameters.get("version");
  if (version !== undefined && version !== apiVersion) {
    throw refuse(406, 'Invalid version in "Accept" header.');
  }
  const indent = Number(parameters.get("indent") ?? Number.NaN);
  return { type, indent: Number.isInteger(indent) && indent > 0 ? Math.min(indent, 8) : null };
}

function parseRange(text: string): MediaRange {
  const [type = "", ...rest] = text.split(";").map((part) => part.trim());
  const parameters = new Map<string, string>();
  for (const parameter of rest) {
    const [name = "", value = ""] = parameter.split("=");
    parameters.set(name.trim().toLowerCase(), value.trim().replaceAll('"', ""));
  }
  return { type: type.toLowerCase(), parameters };
}

function precedenceOf({ type, parameters }: MediaRange): number {
  if (type.startsWith("*/")) return 0;
  if (type.endsWith("/*")) return 1;
  return parameters.size === 0 || (parameters.size === 1 && parameters.has("q")) ? 2 : 3;
}

function admits({ type: range }: MediaRange, type: string): boolean {
  return range === "*/*" || range === type || range === `${type.split("/")[0] ?? ""}/*`;
}
