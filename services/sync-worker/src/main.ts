import { setFlagsFromString } from "node:v8";
import { isMigrated, openDatabase, openQueuePool } from "@proxbox/database";
import { isQueueReady, openQueueBackend } from "@proxbox/queue";
import {
  createLogger,
  createSecretBox,
  loadConfig,
  parseEncryptionKeys,
  processSettings,
  runService,
  secretSettings,
  startOpsServer,
  storageSettings,
  waitUntil,
} from "@proxbox/service";
import { syncWorkerSettings } from "./config.ts";
import { createSyncWorker } from "./create-sync-worker.ts";

const settings = processSettings
  .extend(storageSettings.shape)
  .extend(secretSettings.pick({ ENCRYPTION_KEYS: true }).shape)
  .extend(syncWorkerSettings.shape);

// Between two syncs of a large endpoint V8 would let its heap grow to four times what is in use. Growing by 60 % at a
// time keeps the process below 300 MB with 10,000 replications, and costs a few per cent of the time (bench:sync).
setFlagsFromString("--heap-growing-percent=60");

await runService("sync-worker", async (lifecycle) => {
  const config = loadConfig(settings, process.env);
  const log = createLogger({
    service: "sync-worker",
    level: config.LOG_LEVEL,
    format: config.LOG_FORMAT ?? (process.stdout.isTTY ? "pretty" : "json"),
  });
  lifecycle.useLogger(log);
  const database = await openDatabase({
    url: config.DATABASE_URL,
    poolSize: config.SYNC_CONCURRENCY * 2 + 2,
    applicationName: "proxbox-sync-worker",
  });
  lifecycle.onStop("database", () => database.close());
  const queue = openQueueBackend(config.REDIS_URL, () => openQueuePool(config.DATABASE_URL));
  lifecycle.onStop("queue", queue.close);
  const isCurrent = async () => (await isMigrated(database)) && (await isQueueReady(queue.backend));
  let isConsuming = () => false;
  const ops = await startOpsServer({
    host: config.HOST,
    port: config.OPS_PORT,
    ready: async () => {
      const current = await isCurrent();
      const consuming = isConsuming();
      return {
        ready: current && consuming,
        checks: {
          schema: current ? "current" : "not current",
          queue: consuming ? "consuming" : "not consuming",
        },
      };
    },
  });
  lifecycle.onStop("health", () => ops.close());
  await waitUntil(isCurrent, {
    everyMs: 1_000,
    signal: lifecycle.signal,
    onWaiting: (error) => log.warn("waiting for the migrate command, or for the queue", { error }),
  });
  const worker = createSyncWorker({
    database,
    queue: queue.backend,
    queueName: config.QUEUE_NAME,
    secrets: createSecretBox(parseEncryptionKeys(config.ENCRYPTION_KEYS)),
    settings: config,
    log,
  });
  lifecycle.onStop("sync worker", () => worker.close());
  isConsuming = () => worker.isRunning;
  log.info("started", { opsPort: ops.port });
});
