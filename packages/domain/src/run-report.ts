import type { SyncType } from "./sync-types.ts";

/** What one stage of a run did, per endpoint. `errors` are things that were wanted and failed. */
export interface StageReport {
  readonly stage: SyncType;
  readonly status: "completed" | "errored" | "skipped";
  readonly created: number;
  readonly updated: number;
  readonly stale: number;
  readonly unchanged: number;
  /** Vanished, yet not proven gone: kept as they were. */
  readonly kept: number;
  /** Would go stale, and wait for a second run that agrees. */
  readonly held: number;
  readonly errors: readonly ItemError[];
  readonly warnings: readonly string[];
}

export interface ItemError {
  /** What failed: a node, a call. */
  readonly item: string;
  readonly code: string;
  readonly message: string;
}

/** The result of a run: stored with it, and shown in its job's `data` and log. */
export interface RunReport {
  readonly stages: readonly StageReport[];
}

/** The first error in words, or empty: what a run's `error` says. */
export function errorOf({ stages }: RunReport): string {
  const errors = stages.flatMap(({ stage, errors }) => errors.map((error) => ({ stage, ...error })));
  const [first] = errors;
  if (first === undefined) return "";
  const more = errors.length === 1 ? "" : ` (and ${errors.length - 1} more)`;
  return `${first.stage}: ${first.item}: ${first.message}${more}`;
}
