import { runMigrations } from "bullmq";
import { Redis } from "ioredis";
import { asBullPool, assertMigrated } from "./postgres-schema.ts";
import type { PgPool, QueueBackend } from "./queue-backend.ts";

const probeTimeoutMs = 2_000;

/**
 * Creates or upgrades BullMQ's tables in the schema `bullmq`, in one transaction under an advisory lock; repeating it
 * changes nothing. Redis needs nothing. Throws PostgreSQL's own error.
 */
export async function migrateQueue(backend: QueueBackend): Promise<void> {
  if (backend.kind === "redis") return;
  const client = await asBullPool(backend.pool).connect();
  try {
    await runMigrations(client);
  } finally {
    client.release();
  }
}

/** Whether the queue can be used now: Redis answers, or PostgreSQL answers and is migrated far enough. Never throws. */
export function isQueueReady(backend: QueueBackend): Promise<boolean> {
  return backend.kind === "redis" ? answersPing(backend.url) : isMigrated(backend.pool);
}

async function isMigrated(pool: PgPool): Promise<boolean> {
  try {
    await assertMigrated(pool);
    return true;
  } catch {
    return false;
  }
}

async function answersPing(url: string): Promise<boolean> {
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: probeTimeoutMs,
    commandTimeout: probeTimeoutMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  // The rejected command says the same.
  client.on("error", () => undefined);
  try {
    await client.ping();
    return true;
  } catch {
    return false;
  } finally {
    client.disconnect();
  }
}
