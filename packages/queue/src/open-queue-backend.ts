import type { PgPool, QueueBackend } from "./queue-backend.ts";

/** The queue of a process: on Redis when it has a URL, else in PostgreSQL through the pool that is opened then. */
export function openQueueBackend(
  redisUrl: string | undefined,
  openPool: () => PgPool,
): { backend: QueueBackend; close: () => Promise<void> } {
  if (redisUrl !== undefined)
    return { backend: { kind: "redis", url: redisUrl }, close: () => Promise.resolve() };
  const pool = openPool();
  return { backend: { kind: "postgres", pool }, close: () => pool.end() };
}
