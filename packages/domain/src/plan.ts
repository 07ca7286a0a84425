import { isDeepStrictEqual } from "node:util";
import type { JsonObject } from "./proxmox-values.ts";

/** The kinds of object that can be proven gone. */
export type Kind = "nodes" | "storage" | "guests" | "replications";

export interface Change<Row> {
  readonly before: Row;
  readonly after: Row;
  readonly fields: readonly (keyof Row)[];
}

/** What proves that an object is gone: the calls that showed it, with their times, and the rights that were seen. */
export type Proof = JsonObject;

export type Absence =
  { readonly gone: true; readonly proof: Proof } | { readonly gone: false; readonly reason: string };

/** The pure difference between what Proxmox says and what is stored. */
export interface Plan<Row> {
  readonly create: readonly Row[];
  readonly update: readonly Change<Row>[];
  readonly stale: readonly { readonly key: string; readonly proof: Proof }[];
  /** Vanished, but not proven gone: kept as they are. */
  readonly kept: readonly { readonly key: string; readonly reason: string }[];
  readonly unchanged: number;
}

export interface PlanInput<Row> {
  readonly key: (row: Row) => string;
  readonly desired: readonly Row[];
  readonly stored: readonly StoredRow<Row>[];
  /** Asked for every stored row that Proxmox no longer lists. */
  readonly absence: (row: Row) => Absence;
}

export interface StoredRow<Row> {
  readonly row: Row;
  readonly stale: boolean;
}

/**
 * Compares field by field. A row that is stored as stale and listed again is an update, also when no field differs.
 * Planning again after applying is empty.
 */
export function planRows<Row extends object>(input: PlanInput<Row>): Plan<Row> {
  const stored = new Map(input.stored.map((entry) => [input.key(entry.row), entry]));
  const desired = new Map(input.desired.map((row) => [input.key(row), row]));
  const create: Row[] = [];
  const update: Change<Row>[] = [];
  const stale: { key: string; proof: Proof }[] = [];
  const kept: { key: string; reason: string }[] = [];
  let unchanged = 0;
  for (const [key, after] of desired) {
    const entry = stored.get(key);
    if (entry === undefined) {
      create.push(after);
      continue;
    }
    const fields = changedFields(entry.row, after);
    if (fields.length > 0 || entry.stale) update.push({ before: entry.row, after, fields });
    else unchanged += 1;
  }
  for (const [key, entry] of stored) {
    if (desired.has(key) || entry.stale) continue;
    const absence = input.absence(entry.row);
    if (absence.gone) stale.push({ key, proof: absence.proof });
    else kept.push({ key, reason: absence.reason });
  }
  return { create, update, stale, kept, unchanged };
}

function changedFields<Row extends object>(before: Row, after: Row): (keyof Row)[] {
  return (Object.keys(after) as (keyof Row)[]).filter(
    (field) => !isDeepStrictEqual(before[field], after[field]),
  );
}
