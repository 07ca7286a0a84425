import { createServer } from "node:http";
import { join } from "node:path";
import { createApi, createSyncRequests, ensureFirstUser } from "@proxbox/api";
import {
  createJobs,
  type Database,
  isMigrated,
  migrate,
  openDatabase,
  openQueuePool,
} from "@proxbox/database";
import { startEmbeddedPostgres } from "@proxbox/embedded-postgres";
import {
  createProducer,
  isQueueReady,
  migrateQueue,
  openQueueBackend,
  type QueueBackend,
} from "@proxbox/queue";
import { startSweep } from "@proxbox/scheduler";
import {
  createSecretBox,
  listen,
  loadOrCreateKeys,
  type Logger,
  parseEncryptionKeys,
  parsePeppers,
  type SecretBox,
  type ServiceLifecycle,
  startOpsServer,
} from "@proxbox/service";
import { createSyncWorker } from "@proxbox/sync-worker";
import type { StandaloneConfig } from "./config.ts";

/** What the rest of the start works with. */
export interface Standalone {
  readonly database: Database;
  readonly secretBox: SecretBox;
  readonly requestSync: ReturnType<typeof createSyncRequests>["requestSync"];
  /** Where the API is. */
  readonly apiUrl: string;
  /** Lines to show once, on the first start. */
  readonly firstAccess: readonly string[];
}

interface Surroundings {
  readonly config: StandaloneConfig;
  readonly lifecycle: ServiceLifecycle;
  readonly log: Logger;
}

/** Starts database, schema, API, worker and sweep in this process, and registers how each is stopped. */
export async function startStandalone(surroundings: Surroundings): Promise<Standalone> {
  const { config, lifecycle, log } = surroundings;
  const { database, databaseUrl } = await startDatabase(surroundings);
  const generated = await loadOrCreateKeys(config.DATA_DIR);
  const secretBox = createSecretBox(parseEncryptionKeys(config.ENCRYPTION_KEYS ?? generated.ENCRYPTION_KEYS));
  const peppers = parsePeppers(config.API_TOKEN_PEPPERS ?? generated.API_TOKEN_PEPPERS);
  const firstAccess = await ensureFirstUser({ database, settings: config, peppers });

  const queue = openQueueBackend(config.REDIS_URL, () => openQueuePool(databaseUrl));
  lifecycle.onStop("queue", queue.close);
  const producer = createProducer(queue.backend, { queueName: config.QUEUE_NAME, log });
  lifecycle.onStop("producer", () => producer.close());
  const { requestSync, cancelJob } = createSyncRequests({ database, producer, log });
  const api = createApi({
    database,
    secretBox,
    peppers,
    requestSync,
    cancelJob,
    log,
    trustedProxies: config.TRUSTED_PROXIES,
  });
  const apiUrl = await startApi(api, surroundings);
  const worker = createSyncWorker({
    database,
    queue: queue.backend,
    queueName: config.QUEUE_NAME,
    secrets: secretBox,
    settings: config,
    log,
  });
  lifecycle.onStop("sync worker", () => worker.close());
  const sweep = startSweep({
    jobs: createJobs(database),
    producer,
    everyMs: config.SWEEP_EVERY_MS,
    olderThanMs: config.SWEEP_OLDER_THAN_MS,
    log,
  });
  lifecycle.onStop("sweep", sweep.stop);
  await startHealth(surroundings, database, queue.backend);
  return { database, secretBox, requestSync, apiUrl, firstAccess };
}

async function startDatabase({ config, lifecycle, log }: Surroundings) {
  const databaseUrl = config.DATABASE_URL ?? (await startEmbedded());
  const database = await openDatabase({
    url: databaseUrl,
    poolSize: 16,
    applicationName: "proxbox-standalone",
  });
  lifecycle.onStop("database", () => database.close());
  const pool = openQueuePool(databaseUrl, 2);
  try {
    await migrate(database, () => migrateQueue({ kind: "postgres", pool }));
  } finally {
    await pool.end();
  }
  return { database, databaseUrl };

  async function startEmbedded(): Promise<string> {
    const postgres = await startEmbeddedPostgres({ dataDir: join(config.DATA_DIR, "postgres"), log });
    lifecycle.onStop("embedded PostgreSQL", () => postgres.stop());
    return postgres.url;
  }
}

async function startApi(
  api: ReturnType<typeof createApi>,
  { config, lifecycle }: Surroundings,
): Promise<string> {
  const { HOST: host, PORT: port } = config;
  const listening = await listen(createServer(api), { host, port, variable: "PORT" });
  lifecycle.onStop("API", () => listening.close());
  return `http://${host.includes(":") ? `[${host}]` : host}:${listening.port}/api/`;
}

async function startHealth(
  { config, lifecycle }: Surroundings,
  database: Database,
  queue: QueueBackend,
): Promise<void> {
  const ops = await startOpsServer({
    host: config.HOST,
    port: config.OPS_PORT,
    ready: async () => {
      const [schema, delivery] = await Promise.all([isMigrated(database), isQueueReady(queue)]);
      const checks = { schema: schema ? "current" : "not current", queue: delivery ? "ready" : "not ready" };
      return { ready: schema && delivery, checks };
    },
  });
  lifecycle.onStop("health", () => ops.close());
}
