import { ApiError } from "./api-error.ts";
import { instantToEtag } from "./instants.ts";
import type { Row } from "./resource-store.ts";

/** The header by which a client recognises this state of an object. */
export function etagOf(row: Row): { readonly ETag?: string } {
  const written = row["lastUpdated"] ?? row["created"];
  return typeof written === "string" ? { ETag: instantToEtag(written) } : {};
}

/**
 * Exact strings, the weak mark included; `*` is any (contract W-17). Throws ApiError 412 with the current ETag.
 */
export function checkPrecondition(row: Row, ifMatch: string | undefined): void {
  if (!matches(row, ifMatch)) throw new ApiError(412, { detail: "Precondition failed." }, etagOf(row));
}

/** Every object of a request has to match (contract W-18). Throws ApiError 412. */
export function checkPreconditions(rows: readonly Row[], ifMatch: string | undefined): void {
  if (rows.every((row) => matches(row, ifMatch))) return;
  throw new ApiError(412, { detail: "Precondition failed." });
}

function matches(row: Row, ifMatch: string | undefined): boolean {
  if (ifMatch === undefined) return true;
  const accepted = ifMatch.split(",").map((tag) => tag.trim());
  return accepted.includes("*") || accepted.includes(etagOf(row).ETag ?? "");
}
