import { createPostgresBackend, createRedisBackend, Queue, type IQueueBackend } from "bullmq";
import { Redis } from "ioredis";
import type { TestQueue } from "@proxbox/testing";
import { asBullPool } from "../src/postgres-schema.ts";

interface RawJob {
  readonly name: string;
  readonly data: object;
  readonly id: string;
}

/** Adds a job as another version of this package might: any name, any data, two attempts, hardly a pause. */
export function addRawJob(queue: TestQueue, queueName: string, job: RawJob): Promise<void> {
  return withRawQueue(queue, queueName, async (raw) => {
    await raw.add(job.name, job.data, {
      jobId: job.id,
      attempts: 2,
      backoff: { type: "fixed", delay: 10 },
      removeOnComplete: true,
      removeOnFail: true,
    });
  });
}

/** Makes the queue lose everything, as a server does that restarts without its data. */
export function forgetEverything(queue: TestQueue, queueName: string): Promise<void> {
  return withRawQueue(queue, queueName, (raw) => raw.obliterate({ force: true }));
}

type RawQueue = Queue<unknown, unknown, string, unknown, unknown, string, IQueueBackend, object>;

async function withRawQueue(
  { backend }: TestQueue,
  queueName: string,
  work: (queue: RawQueue) => Promise<void>,
): Promise<void> {
  if (backend.kind === "postgres") {
    const connection = asBullPool(backend.pool);
    const queue: RawQueue = new Queue(queueName, { connection }, (name, options) =>
      createPostgresBackend(name, { ...options, connection }),
    );
    await work(queue);
    await queue.close();
    return;
  }
  const connection = new Redis(backend.url);
  const queue: RawQueue = new Queue(queueName, { connection, prefix: "proxbox" }, (name, options) =>
    createRedisBackend(name, { ...options, connection }),
  );
  await work(queue);
  await queue.close();
  connection.disconnect();
}
