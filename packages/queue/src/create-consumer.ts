import { setTimeout as delay } from "node:timers/promises";
import { Worker, type IQueueBackend, type Job, type JobProgress } from "bullmq";
import { isConnectionError } from "./connection-errors.ts";
import { watchConnection } from "./connection-state.ts";
import { trackDeliveries } from "./delivery-tracker.ts";
import { defaultQueueName } from "./job-catalogue.ts";
import { processDelivery, readLoss } from "./process-delivery.ts";
import type { Logger, QueueBackend } from "./queue-backend.ts";
import { openConnection } from "./queue-connection.ts";
import { QueueError } from "./queue-error.ts";
import { redisKeyPrefix } from "./redis-key-prefix.ts";
import type { LostDelivery, RunHandler } from "./run-handler.ts";
import { settlesWithin } from "./settles-within.ts";

export interface ConsumerOptions {
  /** `runs` by default. */
  readonly queueName?: string;
  /** Runs that this consumer works on at a time; 4 by default. */
  readonly concurrency?: number;
  /** Milliseconds for which a delivery belongs to a worker; renewed at half time. 30 000 by default. */
  readonly lockDurationMs?: number;
  /**
   * Milliseconds between looks for deliveries whose worker vanished; 30 000 by default. The same for all workers of a
   * queue: on Redis one look keeps every worker from the next for this long.
   */
  readonly stalledIntervalMs?: number;
  /** How many workers may vanish over one delivery before it is given up; 2 by default. */
  readonly maxStalledCount?: number;
  /** Milliseconds that `close()` gives running handlers before their signals abort; 10 000 by default. */
  readonly drainTimeoutMs?: number;
  /** Hears of deliveries given up. A loss can go unheard when the process dies: a sweep over the rows is needed too. */
  readonly onLost: (lost: LostDelivery) => Promise<void>;
  readonly log: Logger;
}

/** Receives runs from the queue and hands them to one handler. */
export interface RunConsumer {
  /** Resolves when the first connection stands and deliveries come in; rejects only when closed before. */
  ready(): Promise<void>;
  /** Whether deliveries can come in now: connected, and not closing. */
  readonly isRunning: boolean;
  /**
   * Takes no new deliveries, waits for the running handlers up to `drainTimeoutMs`, then aborts their signals with
   * `DeliveryInterrupted` "shutdown" and waits for them. Deliveries interrupted so go back for another worker at once.
   * Can be repeated.
   */
  close(): Promise<void>;
}

type AnyWorker = Worker<unknown, void, string, IQueueBackend, JobProgress, object>;

/** A handler that ignores its signal holds `close()` for as long as it runs; a lost server holds it this long. */
const closeGraceMs = 5_000;
/** Milliseconds between attempts to fetch or to finish a delivery while the server is away. */
const retryDelayMs = 1_000;

/** Starts at once and keeps trying while the server is away or not yet migrated. */
export function createConsumer(
  backend: QueueBackend,
  options: ConsumerOptions,
  handler: RunHandler,
): RunConsumer {
  const { queueName = defaultQueueName, drainTimeoutMs = 10_000, onLost, log } = options;
  const state = watchConnection(log, "consumer");
  const connection = openConnection(backend, "consumer", state);
  const deliveries = trackDeliveries();
  const stopping = new AbortController();
  const reports = new Set<Promise<void>>();
  let worker: AnyWorker | undefined;
  let closed: Promise<void> | undefined;

  const isClosing = (): boolean => stopping.signal.aborted;
  const process = processDelivery({ handler, deliveries, isClosing, log });

  function openWorker(): AnyWorker {
    const opened: AnyWorker = new Worker(
      queueName,
      process,
      {
        ...connection.options,
        prefix: redisKeyPrefix,
        autorun: false,
        concurrency: options.concurrency ?? 4,
        lockDuration: options.lockDurationMs ?? 30_000,
        stalledInterval: options.stalledIntervalMs ?? 30_000,
        maxStalledCount: options.maxStalledCount ?? 2,
        runRetryDelay: retryDelayMs,
      },
      connection.factory,
    );
    opened.on("error", (error) => {
      if (isConnectionError(error)) state.lost(error);
      else state.complain(error);
    });
    opened.on("active", () => state.answered());
    opened.on("locksRenewed", () => state.answered());
    opened.on("lockRenewalFailed", (jobIds) => {
      for (const jobId of jobIds) deliveries.interrupt("lock-lost", jobId);
    });
    opened.on("failed", (job, error) => {
      if (job !== undefined) report(job, error);
    });
    return opened;
  }

  function report(job: Job<unknown, void>, error: Error): void {
    const lost = readLoss(job, error);
    if (lost === null) return;
    log.error("delivery lost", { runId: lost.runId, reason: lost.reason });
    const reporting = reportLoss(lost).finally(() => reports.delete(reporting));
    reports.add(reporting);
  }

  async function reportLoss(lost: LostDelivery): Promise<void> {
    try {
      await onLost(lost);
    } catch (error) {
      log.error("lost delivery could not be reported", { runId: lost.runId, error });
      return;
    }
  }

  async function start(): Promise<void> {
    while (!(await attempt())) {
      const pause = delay(retryDelayMs, undefined, { signal: stopping.signal });
      await settlesWithin(pause, retryDelayMs);
    }
  }

  /** False when the server is away or not migrated. */
  async function attempt(): Promise<boolean> {
    if (isClosing()) throw new QueueError("closed", "the consumer was closed before it was ready");
    let opened: AnyWorker | undefined;
    try {
      await connection.prepare();
      opened = openWorker();
      await opened.waitUntilReady();
    } catch (error) {
      state.lost(error);
      // BullMQ remembers a failed start for good, so the next attempt needs a new worker.
      await opened?.close();
      return false;
    }
    worker = opened;
    if (!isClosing()) opened.run().catch((error: unknown) => log.error("queue worker stopped", { error }));
    return true;
  }

  async function close(): Promise<void> {
    stopping.abort();
    const closing = leave();
    if (!(await settlesWithin(deliveries.idle(), drainTimeoutMs))) deliveries.interrupt("shutdown");
    await deliveries.idle();
    if (!(await settlesWithin(closing, closeGraceMs))) log.warn("queue left without saying goodbye");
    await Promise.all(reports);
    connection.release();
  }

  async function leave(): Promise<void> {
    await connection.settle();
    // Otherwise a worker could still come into being.
    await settlesWithin(started, closeGraceMs);
    await worker?.close();
  }

  const started = start();
  // Whoever calls ready() hears of it; nobody else needs to.
  started.catch(() => undefined);
  return {
    ready: () => started,
    get isRunning() {
      return state.isUp && !isClosing() && worker?.isRunning() === true;
    },
    close: () => (closed ??= close()),
  };
}
