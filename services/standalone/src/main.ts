import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { environmentEndpoint } from "@proxbox/api";
import {
  createJobs,
  type EnvironmentEndpoint,
  keepEnvironmentEndpoint,
  listReplicationOverview,
} from "@proxbox/database";
import { createLogger, loadConfig, runService, type ServiceLifecycle } from "@proxbox/service";
import { standaloneSettings } from "./config.ts";
import { replicationTable } from "./replication-table.ts";
import { startDemoCluster } from "./start-demo-cluster.ts";
import { type Standalone, startStandalone } from "./start-standalone.ts";

const { values: options } = parseArgs({ options: { demo: { type: "boolean", default: false } } });
const linesShown = 20;

await runService("proxbox", async (lifecycle) => {
  const given = loadConfig(standaloneSettings, process.env);
  // The demo has a folder, a database and a queue of its own: it never mixes with the inventory of a real Proxmox.
  const config = options.demo
    ? { ...given, DATABASE_URL: undefined, REDIS_URL: undefined, DATA_DIR: join(given.DATA_DIR, "demo") }
    : given;
  const onTerminal = process.stdout.isTTY;
  const log = createLogger({
    service: "proxbox",
    level: config.LOG_LEVEL,
    format: config.LOG_FORMAT ?? (onTerminal ? "pretty" : "json"),
    stream: process.stderr,
  });
  lifecycle.useLogger(log);
  say("Starting the database, the API and the sync worker ...");
  const standalone = await startStandalone({ config, lifecycle, log });
  const endpoint = options.demo ? await demoEndpoint(lifecycle) : await environmentEndpoint(config);
  if (endpoint !== null) await syncAtStart(standalone, endpoint, lifecycle.signal);
  for (const line of standalone.firstAccess) say(line);
  if (standalone.firstAccess.length > 0) say("These are shown only this once: keep them.");
  say(`The API is at ${standalone.apiUrl}`);
  if (endpoint === null) {
    say(
      "No Proxmox yet: set PROXMOX_URL, PROXMOX_TOKEN_ID and PROXMOX_TOKEN_SECRET, or add an endpoint by the API.",
    );
  }
  say("Ctrl-C stops everything.");
});

async function demoEndpoint(lifecycle: ServiceLifecycle): Promise<EnvironmentEndpoint> {
  const cluster = await startDemoCluster();
  lifecycle.onStop("demo cluster", cluster.close);
  return cluster.endpoint;
}

async function syncAtStart(
  { database, secretBox, requestSync }: Standalone,
  endpoint: EnvironmentEndpoint,
  signal: AbortSignal,
): Promise<void> {
  const endpointId = await keepEnvironmentEndpoint(database, endpoint, (text, aad) =>
    secretBox.seal(text, aad),
  );
  say(`Syncing ${endpoint.name} (${endpoint.domain}:${endpoint.port}) ...`);
  const { jobId } = await requestSync({
    mode: "individual",
    endpointIds: [endpointId],
    syncTypes: ["all"],
    user: null,
  });
  const jobs = createJobs(database);
  let job = await jobs.progress(jobId);
  while (job?.ended === false) {
    await delay(100, undefined, { signal });
    job = await jobs.progress(jobId);
  }
  if (job?.status !== "completed") say(`The sync ${job?.status ?? "vanished"}: ${job?.error ?? ""}`);
  const rows = await listReplicationOverview(database, { endpointId, limit: linesShown + 1 });
  say("");
  say(replicationTable(rows.slice(0, linesShown)));
  if (rows.length > linesShown) say("... and more: see /api/plugins/proxbox/replications/");
  say("");
}

/** Standard output is for the person who started this; the log goes to standard error. */
function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
