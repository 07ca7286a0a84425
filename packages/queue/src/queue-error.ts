/**
 * - `unavailable`: the queue could not be asked in time; nothing is known about the delivery. Go on without it.
 * - `invalid-data`: the caller's mistake, nothing was sent.
 * - `closed`: used after `close()`.
 */
export type QueueErrorCode = "unavailable" | "invalid-data" | "closed";

/** What every function of this package throws; the original error is its `cause`. */
export class QueueError extends Error {
  override readonly name = "QueueError";
  readonly code: QueueErrorCode;

  constructor(code: QueueErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
  }
}

/**
 * - `shutdown`: the consumer is closing; the delivery goes back and another worker gets it.
 * - `lock-lost`: BullMQ gave the delivery to another worker (this process was suspended, or cut off for too long).
 */
export type InterruptionCode = "shutdown" | "lock-lost";

/** The `reason` of a handler's aborted signal. */
export class DeliveryInterrupted extends Error {
  override readonly name = "DeliveryInterrupted";
  readonly code: InterruptionCode;

  constructor(code: InterruptionCode) {
    super(code === "shutdown" ? "this worker is shutting down" : "another worker may hold this delivery now");
    this.code = code;
  }
}
