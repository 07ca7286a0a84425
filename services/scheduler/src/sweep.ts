import { setTimeout as delay } from "node:timers/promises";
import type { Jobs } from "@proxbox/database";
import { QueueError, type RunProducer } from "@proxbox/queue";
import type { Logger } from "@proxbox/service";

export interface SweepOptions {
  readonly jobs: Pick<Jobs, "listUndelivered" | "markEnqueued">;
  readonly producer: Pick<RunProducer, "enqueue">;
  readonly everyMs: number;
  /** A run that was handed over this long ago and shows no life is handed over again. */
  readonly olderThanMs: number;
  readonly log: Logger;
}

const batch = 500;

/**
 * Hands over again what the queue lost (restart, FLUSHALL, kill -9): PostgreSQL knows every unfinished run. A delivery has
 * its run's id, so handing over one that still waits does nothing (rule R9). Returns the number of runs handed over.
 */
export async function sweepOnce({ jobs, producer, olderThanMs, log }: SweepOptions): Promise<number> {
  const runIds = await jobs.listUndelivered(olderThanMs, batch);
  for (const runId of runIds) await producer.enqueue(runId);
  if (runIds.length > 0) {
    await jobs.markEnqueued(runIds);
    log.info("runs handed to the queue again", { runs: runIds.length });
  }
  return runIds.length;
}

/** Sweeps until it is stopped. A sweep that fails (queue or PostgreSQL away) is repeated with the next one. */
export function startSweep(options: SweepOptions): { stop: () => Promise<void> } {
  const stopping = new AbortController();
  const running = (async () => {
    // Not an interval: that makes up for the ticks it missed during a long sweep, even after it was stopped.
    while (!stopping.signal.aborted) {
      await sweepSafely(options);
      await delay(options.everyMs, undefined, { signal: stopping.signal });
    }
  })();
  return {
    async stop() {
      stopping.abort();
      // The pause ends by rejecting when it is stopped; a sweep under way is waited for.
      await running.catch(() => undefined);
    },
  };
}

async function sweepSafely(options: SweepOptions): Promise<number> {
  try {
    return await sweepOnce(options);
  } catch (error) {
    const level = error instanceof QueueError ? "debug" : "warn";
    options.log[level]("sweep failed", { error });
    return 0;
  }
}
