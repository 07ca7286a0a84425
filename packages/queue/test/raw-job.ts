import { createPostgresBackend, createRedisBackend, Queue } from "bullmq";
import { Redis } from "ioredis";
import { asBullPool } from "../src/postgres-schema.ts";
import type { TestQueue } from "@proxbox/testing";

interface RawJob {
  readonly name: string;
  readonly data: object;
  readonly id: string;
}

/** Adds a job as another version of this package might: any name, any data, two attempts, hardly a pause. */
export async function addRawJob({ backend }: TestQueue, queueName: string, job: RawJob): Promise<void> {
  const options = {
    jobId: job.id,
    attempts: 2,
    backoff: { type: "fixed", delay: 10 },
    removeOnComplete: true,
    removeOnFail: true,
  };
  if (backend.kind === "postgres") {
    const queue = new Queue(queueName, { connection: asBullPool(backend.pool) }, createPostgresBackend);
    await queue.add(job.name, job.data, options);
    await queue.close();
    return;
  }
  const connection = new Redis(backend.url);
  const queue = new Queue(queueName, { connection, prefix: "proxbox" }, createRedisBackend);
  await queue.add(job.name, job.data, options);
  await queue.close();
  connection.disconnect();
}
