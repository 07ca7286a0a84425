import { createJobs, isMigrated, openDatabase, openQueuePool } from "@proxbox/database";
import { createProducer, isQueueReady, openQueueBackend } from "@proxbox/queue";
import {
  createLogger,
  loadConfig,
  processSettings,
  runService,
  startOpsServer,
  storageSettings,
  waitUntil,
} from "@proxbox/service";
import { schedulerSettings } from "./config.ts";
import { startSweep } from "./sweep.ts";

const settings = processSettings.extend(storageSettings.shape).extend(schedulerSettings.shape);

await runService("scheduler", async (lifecycle) => {
  const config = loadConfig(settings, process.env);
  const log = createLogger({
    service: "scheduler",
    level: config.LOG_LEVEL,
    format: config.LOG_FORMAT ?? (process.stdout.isTTY ? "pretty" : "json"),
  });
  lifecycle.useLogger(log);
  const database = await openDatabase({
    url: config.DATABASE_URL,
    poolSize: 3,
    applicationName: "proxbox-scheduler",
  });
  lifecycle.onStop("database", () => database.close());
  const queue = openQueueBackend(config.REDIS_URL, () => openQueuePool(config.DATABASE_URL));
  lifecycle.onStop("queue", queue.close);
  const schemaIsCurrent = () => isMigrated(database);
  const ops = await startOpsServer({
    host: config.HOST,
    port: config.OPS_PORT,
    ready: async () => {
      const [schema, delivery] = await Promise.all([schemaIsCurrent(), isQueueReady(queue.backend)]);
      const checks = { schema: schema ? "current" : "not current", queue: delivery ? "ready" : "not ready" };
      return { ready: schema && delivery, checks };
    },
  });
  lifecycle.onStop("health", () => ops.close());
  await waitUntil(schemaIsCurrent, {
    everyMs: 1_000,
    signal: lifecycle.signal,
    onWaiting: (error) => log.warn("waiting for the migrate command", { error }),
  });
  const producer = createProducer(queue.backend, { queueName: config.QUEUE_NAME, log });
  lifecycle.onStop("producer", () => producer.close());
  const sweep = startSweep({
    jobs: createJobs(database),
    producer,
    everyMs: config.SWEEP_EVERY_MS,
    olderThanMs: config.SWEEP_OLDER_THAN_MS,
    log,
  });
  lifecycle.onStop("sweep", sweep.stop);
  log.info("started", { opsPort: ops.port });
});
