import { createServer } from "node:http";
import { isMigrated, keepEnvironmentEndpoint, openDatabase, openQueuePool } from "@proxbox/database";
import { createProducer, isQueueReady, openQueueBackend } from "@proxbox/queue";
import {
  createLogger,
  createSecretBox,
  httpSettings,
  listen,
  loadConfig,
  parseEncryptionKeys,
  parsePeppers,
  processSettings,
  runService,
  secretSettings,
  startOpsServer,
  storageSettings,
  waitUntil,
} from "@proxbox/service";
import { createApi } from "./create-api.ts";
import { ensureFirstUser, superuserSettings } from "./first-user.ts";
import { environmentEndpoint, proxmoxSettings } from "./proxmox-settings.ts";
import { createSyncRequests } from "./sync-requests.ts";

const settings = processSettings
  .extend(httpSettings.shape)
  .extend(storageSettings.shape)
  .extend(secretSettings.shape)
  .extend(superuserSettings.shape)
  .extend(proxmoxSettings.shape);

await runService("api", async (lifecycle) => {
  const config = loadConfig(settings, process.env);
  const peppers = parsePeppers(config.API_TOKEN_PEPPERS);
  const secretBox = createSecretBox(parseEncryptionKeys(config.ENCRYPTION_KEYS));
  const endpoint = await environmentEndpoint(config);
  const log = createLogger({
    service: "api",
    level: config.LOG_LEVEL,
    format: config.LOG_FORMAT ?? (process.stdout.isTTY ? "pretty" : "json"),
  });
  lifecycle.useLogger(log);
  const database = await openDatabase({ url: config.DATABASE_URL, applicationName: "proxbox-api" });
  lifecycle.onStop("database", () => database.close());
  const queue = openQueueBackend(config.REDIS_URL, () => openQueuePool(config.DATABASE_URL));
  lifecycle.onStop("queue", queue.close);

  let isListening = false;
  const ops = await startOpsServer({
    host: config.HOST,
    port: config.OPS_PORT,
    ready: async () => {
      const isCurrent = await isMigrated(database);
      // Without the queue everything can be read, and what is accepted waits for the sweep (rules R9 and R11).
      const delivery = (await isQueueReady(queue.backend)) ? "ready" : "not ready";
      return {
        ready: isCurrent && isListening,
        checks: { schema: isCurrent ? "current" : "not current", queue: delivery },
      };
    },
  });
  lifecycle.onStop("health", () => ops.close());
  await waitUntil(() => isMigrated(database), {
    everyMs: 1_000,
    signal: lifecycle.signal,
    onWaiting: (error) => log.warn("waiting for the migrate command", { error }),
  });

  const producer = createProducer(queue.backend, { queueName: config.QUEUE_NAME, log });
  lifecycle.onStop("producer", () => producer.close());
  const sync = createSyncRequests({ database, producer, log });
  for (const line of await ensureFirstUser({ database, peppers, settings: config })) {
    process.stdout.write(`${line}
`);
  }
  if (endpoint !== null) {
    const id = await keepEnvironmentEndpoint(database, endpoint, (text, aad) => secretBox.seal(text, aad));
    await sync.requestSync({ mode: "individual", endpointIds: [id], syncTypes: ["all"], user: null });
  }

  const server = createServer(
    createApi({ database, secretBox, peppers, log, trustedProxies: config.TRUSTED_PROXIES, ...sync }),
  );
  const api = await listen(server, { host: config.HOST, port: config.PORT, variable: "PORT" });
  lifecycle.onStop("http", () => api.close());
  isListening = true;
  log.info("started", { port: api.port, opsPort: ops.port });
});
