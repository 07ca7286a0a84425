import { randomUUID } from "node:crypto";
import { migrateQueue, type PgPool, type QueueBackend } from "@proxbox/queue";

/** How another process can reach the same queue. */
export type QueueServer =
  { readonly kind: "redis"; readonly url: string } | { readonly kind: "postgres"; readonly url: string };

/** A queue of one test file: its own database on PostgreSQL, random names on Redis. */
export interface TestQueue {
  readonly backend: QueueBackend;
  readonly server: QueueServer;
  /** A name that no other test uses. */
  queueName(): string;
  /** Call it after everything that uses the backend is closed. */
  close(): Promise<void>;
}

/** One of the servers a queue can live on. */
export interface TestQueueBackend {
  readonly name: "postgres" | "redis";
  /** Why there is no such server in this run; null when there is. */
  readonly missing: string | null;
  open(): Promise<TestQueue>;
}

/** Opens a pool as `openQueuePool` of packages/database does: `search_path` is `bullmq`. */
export type PoolFactory = (databaseUrl: string) => PgPool;

/** Every backend that production may run on, for `describe.each`. `TEST_DATABASE_URL` and `TEST_REDIS_URL` name them. */
export function testQueueBackends(openPool: PoolFactory): readonly TestQueueBackend[] {
  const databaseUrl = process.env["TEST_DATABASE_URL"];
  const redisUrl = process.env["TEST_REDIS_URL"];
  return [
    {
      name: "postgres",
      missing: databaseUrl === undefined ? "TEST_DATABASE_URL is not set" : null,
      open: () => openOnPostgres(databaseUrl ?? "", openPool),
    },
    {
      name: "redis",
      missing: redisUrl === undefined ? "there is no redis-server" : null,
      open: () => Promise.resolve(openOnRedis(redisUrl ?? "")),
    },
  ];
}

function openOnRedis(url: string): TestQueue {
  const server: QueueServer = { kind: "redis", url };
  // What a test leaves in its queue is small, and the server forgets it when the run ends.
  return { backend: server, server, queueName, close: () => Promise.resolve() };
}

async function openOnPostgres(serverUrl: string, openPool: PoolFactory): Promise<TestQueue> {
  const database = `queue_${randomUUID().replaceAll("-", "")}`;
  await administer(serverUrl, openPool, `create database ${database}`);
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  const pool = openPool(url.href);
  const backend: QueueBackend = { kind: "postgres", pool };
  await migrateQueue(backend);
  return {
    backend,
    server: { kind: "postgres", url: url.href },
    queueName,
    async close() {
      await pool.end();
      await administer(serverUrl, openPool, `drop database ${database} with (force)`);
    },
  };
}

async function administer(serverUrl: string, openPool: PoolFactory, statement: string): Promise<void> {
  const pool = openPool(serverUrl);
  try {
    await pool.query(statement);
  } finally {
    await pool.end();
  }
}

function queueName(): string {
  return `test-${randomUUID()}`;
}
