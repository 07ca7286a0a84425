import { Queue, type IQueueBackend } from "bullmq";
import { watchConnection } from "./connection-state.ts";
import { defaultQueueName, jobCatalogue } from "./job-catalogue.ts";
import type { Logger, QueueBackend } from "./queue-backend.ts";
import { openConnection } from "./queue-connection.ts";
import { QueueError } from "./queue-error.ts";
import { redisKeyPrefix } from "./redis-key-prefix.ts";

export interface ProducerOptions {
  /** `runs` by default. */
  readonly queueName?: string;
  /** Milliseconds after which a call is given up; 2000 by default. */
  readonly timeoutMs?: number;
  readonly log: Logger;
}

/** Puts runs into the queue. Every call ends within `timeoutMs`, server or not. */
export interface RunProducer {
  /**
   * Asks for the delivery of a run; does nothing while one is waiting, delayed or in a worker's hands.
   * Throws `QueueError`: `unavailable` (the run stays a row for the sweep), `invalid-data`, `closed`.
   */
  enqueue(runId: string): Promise<void>;
  /**
   * Takes back the delivery of a run if one waits or is delayed. One in a worker's hands stays.
   * Throws `QueueError` like `enqueue`.
   */
  remove(runId: string): Promise<void>;
  /** Lets go of the connections; can be repeated. */
  close(): Promise<void>;
}

type AnyQueue = Queue<unknown, unknown, string, unknown, unknown, string, IQueueBackend, object>;

/** Starts to connect at once; does not fail when the server is away. */
export function createProducer(backend: QueueBackend, options: ProducerOptions): RunProducer {
  const { queueName = defaultQueueName, timeoutMs = 2_000, log } = options;
  const state = watchConnection(log, "producer");
  const connection = openConnection(backend, "producer", state);
  let queue: AnyQueue | undefined;
  let closing: Promise<void> | undefined;

  async function readyQueue(): Promise<AnyQueue> {
    await connection.prepare();
    const opened = (queue ??= openQueue());
    try {
      await opened.waitUntilReady();
    } catch (error) {
      // BullMQ remembers a failed start for good; the next call begins anew.
      if (queue === opened) queue = undefined;
      await opened.close();
      throw error;
    }
    return opened;
  }

  function openQueue(): AnyQueue {
    const opened: AnyQueue = new Queue(
      queueName,
      { ...connection.options, prefix: redisKeyPrefix, skipMetasUpdate: true },
      connection.factory,
    );
    opened.on("error", (error) => state.lost(error));
    return opened;
  }

  async function ask<Result>(work: (queue: AnyQueue) => Promise<Result>): Promise<Result> {
    if (closing !== undefined) throw new QueueError("closed", "the producer is closed");
    try {
      const answer = await beforeDeadline(
        readyQueue().then((opened) => work(opened)),
        timeoutMs,
      );
      state.answered();
      return answer;
    } catch (error) {
      state.lost(error);
      throw new QueueError("unavailable", "the queue does not answer", error);
    }
  }

  return {
    async enqueue(runId) {
      const { data, attempts, backoff } = jobCatalogue["sync-run"];
      const parsed = data.safeParse({ runId });
      if (!parsed.success) throw new QueueError("invalid-data", "a run id is a UUID", parsed.error);
      await ask((opened) =>
        opened.add("sync-run", parsed.data, {
          jobId: parsed.data.runId,
          attempts,
          backoff,
          // A finished job that is kept would make the next enqueue of its id do nothing.
          removeOnComplete: true,
          removeOnFail: true,
        }),
      );
    },
    async remove(runId) {
      await ask((opened) => opened.remove(runId));
    },
    close: () => (closing ??= close()),
  };

  async function close(): Promise<void> {
    await connection.settle();
    await queue?.close();
    connection.release();
  }
}

async function beforeDeadline<Result>(work: Promise<Result>, timeoutMs: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
