import type { SyncRunData } from "./job-catalogue.ts";

/**
 * How a delivery ended. `later` brings it back after `delayMs` without counting as an attempt, for instance because
 * another run of the same endpoint has not ended yet.
 */
export type DeliveryOutcome =
  { readonly kind: "done" } | { readonly kind: "later"; readonly delayMs: number };

export interface DeliveryContext {
  /** Aborts when the consumer shuts down or the delivery was lost; its reason is a `DeliveryInterrupted`. */
  readonly signal: AbortSignal;
  /** 1 for the first, one more after each delivery that ended in a thrown error. */
  readonly attempt: number;
  readonly deliveredAt: Date;
}

/**
 * Works on one delivery. A run can be delivered more than once, even to two workers at a time, so a handler must be
 * idempotent. A thrown error brings the run back after a pause, until its attempts are spent.
 * There is no way to stop a handler that ignores its signal.
 */
export type RunHandler = (data: SyncRunData, context: DeliveryContext) => Promise<DeliveryOutcome>;

/**
 * - `attempts-exhausted`: the handler threw each time.
 * - `stalled`: too many workers vanished while they held it.
 * - `unreadable`: this version does not know the job's name, or cannot parse its data.
 */
export type LossReason = "attempts-exhausted" | "stalled" | "unreadable";

/** A delivery that BullMQ gave up and will not repeat. */
export interface LostDelivery {
  readonly runId: string;
  readonly reason: LossReason;
  /** The last error in a sentence. */
  readonly message: string;
}
