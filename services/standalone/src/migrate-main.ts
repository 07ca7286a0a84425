import { migrate, openDatabase, openQueuePool } from "@proxbox/database";
import { migrateQueue } from "@proxbox/queue";
import { createLogger, loadConfig, processSettings, runService, storageSettings } from "@proxbox/service";

const settings = processSettings
  .pick({ LOG_LEVEL: true, LOG_FORMAT: true })
  .extend(storageSettings.pick({ DATABASE_URL: true }).shape);

/** Brings the schemas of the inventory and of the queue up to date, then ends. Any number may run at once. */
await runService("migrate", async (lifecycle) => {
  const config = loadConfig(settings, process.env);
  const log = createLogger({
    service: "migrate",
    level: config.LOG_LEVEL,
    format: config.LOG_FORMAT ?? (process.stdout.isTTY ? "pretty" : "json"),
  });
  lifecycle.useLogger(log);
  const database = await openDatabase({
    url: config.DATABASE_URL,
    poolSize: 2,
    applicationName: "proxbox-migrate",
  });
  // The queue's schema is made also where Redis serves as queue: one migrated database fits both.
  const pool = openQueuePool(config.DATABASE_URL, 2);
  try {
    const applied = await migrate(database, () => migrateQueue({ kind: "postgres", pool }));
    log.info("schema is current", { applied });
  } finally {
    await pool.end();
    await database.close();
  }
});
