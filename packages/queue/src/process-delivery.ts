import { DelayedError, UnrecoverableError, WaitingError, type Job } from "bullmq";
import type { DeliveryTracker } from "./delivery-tracker.ts";
import { jobCatalogue, type SyncRunData } from "./job-catalogue.ts";
import type { Logger } from "./queue-backend.ts";
import type { DeliveryOutcome, LostDelivery, RunHandler } from "./run-handler.ts";

interface DeliveryProcessing {
  readonly handler: RunHandler;
  readonly deliveries: DeliveryTracker;
  readonly isClosing: () => boolean;
  readonly log: Logger;
}

/** Turns a handler into what BullMQ calls: parses, calls, and translates the outcome into BullMQ's moves. */
export function processDelivery({ handler, deliveries, isClosing, log }: DeliveryProcessing) {
  return async (job: Job<unknown, void>, token = ""): Promise<void> => {
    if (isClosing()) await giveBack(job, token);
    const data = readSyncRun(job);
    const attempt = job.attemptsMade + 1;
    const delivery = deliveries.begin(job.id ?? data.runId);
    const context = {
      signal: delivery.signal,
      attempt,
      deliveredAt: new Date(job.processedOn ?? Date.now()),
    };
    const settled = await settle(() => handler(data, context));
    delivery.end();
    // Without the lock BullMQ refuses every move; the delivery is somebody else's by now, or will be.
    if (delivery.interruption === "lock-lost") throw new WaitingError();
    if ("error" in settled) {
      if (delivery.interruption === "shutdown") await giveBack(job, token);
      log.warn("delivery failed", { runId: data.runId, attempt, error: settled.error });
      throw new HandlerFailed(settled.error);
    }
    if (settled.outcome.kind === "later") {
      await job.moveToDelayed(Date.now() + settled.outcome.delayMs, token);
      throw new DelayedError();
    }
  };
}

/** What BullMQ stores of a failure: a message of ours, never the text of the error, which may quote anything. */
class HandlerFailed extends Error {
  override readonly name = "HandlerFailed";

  constructor(cause: unknown) {
    super("the handler threw", { cause });
  }
}

type Settled = { readonly outcome: DeliveryOutcome } | { readonly error: unknown };

async function settle(call: () => Promise<DeliveryOutcome>): Promise<Settled> {
  try {
    return { outcome: await call() };
  } catch (error) {
    return { error };
  }
}

/** Back to the waiting deliveries, first in line on Redis, without counting as an attempt. */
async function giveBack(job: Job<unknown, void>, token: string): Promise<never> {
  await job.moveToWait(token);
  throw new WaitingError();
}

function readSyncRun(job: Job<unknown, void>): SyncRunData {
  if (job.name !== "sync-run") throw new UnrecoverableError("no job of this name is known");
  const parsed = jobCatalogue["sync-run"].data.safeParse(job.data);
  if (!parsed.success) throw new UnrecoverableError("the data of this job cannot be read");
  return parsed.data;
}

/** What to report of a job that BullMQ failed for good; null when it comes back, or never belonged to a run. */
export function readLoss(job: Job<unknown, void>, error: Error): LostDelivery | null {
  if (!job.finishedOn) return null;
  const runId = jobCatalogue["sync-run"].data.shape.runId.safeParse(job.id);
  if (!runId.success) return null;
  if (error instanceof HandlerFailed) {
    const message = error.cause instanceof Error ? error.cause.message : String(error.cause);
    return { runId: runId.data, reason: "attempts-exhausted", message };
  }
  const reason = job.deferredFailure ? "stalled" : "unreadable";
  return { runId: runId.data, reason, message: error.message };
}
