import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs, promisify } from "node:util";
import { createJobs, keepEnvironmentEndpoint, migrate, openDatabase, openQueuePool } from "@proxbox/database";
import { buildWorld, DEFAULT_TOKEN, type Simulator, startSimulator } from "@proxbox/pve-simulator";
import { createProducer, migrateQueue } from "@proxbox/queue";
import { createLogger, createSecretBox, parseEncryptionKeys } from "@proxbox/service";
import { startTestServers } from "@proxbox/testing";
import { merge, prepareMerge, readRows } from "./merge-limit.ts";
import { startWorkerProcess } from "./worker-process.ts";

/**
 * A sync of one large endpoint by a production worker, beside its limits in the same run: (a) single SQL statements that
 * merge the same rows, (b) the bare calls and `JSON.parse`. Median of several rounds, printed as ratios.
 */
const { values: options } = parseArgs({
  options: {
    guests: { type: "string", default: "5000" },
    jobs: { type: "string", default: "10000" },
    rounds: { type: "string", default: "5" },
  },
});
const guests = Number(options.guests);
const jobs = Number(options.jobs);

type Phase = "first" | "unchanged" | "one percent";
const phases: readonly Phase[] = ["first", "unchanged", "one percent"];

interface Measurement {
  readonly syncMs: number;
  readonly mergeMs: number;
  readonly fetchMs: number;
  readonly rows: number;
  readonly changes: number;
  readonly peakMb: number;
}

const log = createLogger({ service: "bench", level: "warn", format: "json" });
const servers = await startTestServers();
const rounds: Record<Phase, Measurement>[] = [];
try {
  for (let round = 0; round < Number(options.rounds); round++) {
    process.stderr.write(`round ${round + 1} of ${options.rounds}\n`);
    rounds.push(await measureRound(round));
  }
} finally {
  await servers.stop();
}
report();

async function measureRound(round: number): Promise<Record<Phase, Measurement>> {
  const simulator = await startSimulator(buildWorld({ guests, jobs, nodes: 3 }), { tls: true });
  const url = await createDatabase(`bench_sync_${round}`);
  const limitUrl = await createDatabase(`bench_limit_${round}`);
  const key = `1:${randomBytes(32).toString("base64")}`;
  const worker = await startWorkerProcess(url, key);
  const database = await openDatabase({ url, poolSize: 2 });
  const limit = await openDatabase({ url: limitUrl, poolSize: 1 });
  const pool = openQueuePool(url);
  const producer = createProducer({ kind: "postgres", pool }, { log });
  try {
    const endpointId = await keepEnvironmentEndpoint(
      database,
      {
        name: "bench",
        domain: simulator.host,
        port: simulator.port,
        username: DEFAULT_TOKEN.userid,
        tokenName: DEFAULT_TOKEN.id.split("!")[1] ?? "",
        tokenValue: DEFAULT_TOKEN.secret,
        verifySsl: null,
        tlsCa: null,
        tlsFingerprint: simulator.fingerprint256,
      },
      (text, aad) => createSecretBox(parseEncryptionKeys(key)).seal(text, aad),
    );
    const measured: Partial<Record<Phase, Measurement>> = {};
    for (const phase of phases) {
      if (phase === "one percent") changeOnePercent(simulator);
      const before = await countChanges();
      const { runIds } = await createJobs(database).request({
        mode: "individual",
        name: "bench",
        syncTypes: ["all"],
        endpointIds: [endpointId],
        user: null,
      });
      for (const runId of runIds) await producer.enqueue(runId);
      const syncMs = await untilEnded(runIds[0] ?? "");
      const rows = await readRows(database);
      if (phase === "first") await prepareMerge(limit, rows);
      measured[phase] = {
        syncMs,
        mergeMs: await merge(limit, rows),
        fetchMs: await fetchLimit(simulator),
        rows: await inventoryRowsOfLastRun(),
        changes: (await countChanges()) - before,
        peakMb: await worker.peakMegabytes(),
      };
    }
    return measured as Record<Phase, Measurement>;
  } finally {
    await producer.close();
    await pool.end();
    await worker.stop();
    await Promise.all([database.close(), limit.close(), simulator.close()]);
  }

  async function untilEnded(runId: string): Promise<number> {
    for (;;) {
      const [run] = await database.source.query<{ status: string; error: string; ms: number | null }[]>(
        `select status, error, extract(epoch from completed - started)::double precision * 1000 as ms
         from job_run where id = $1`,
        [runId],
      );
      if (run?.status === "completed" && run.ms !== null) return run.ms;
      if (run?.status === "errored" || run?.status === "failed")
        throw new Error(`the sync ${run.status}: ${run.error}`);
      await delay(20);
    }
  }

  async function countChanges(): Promise<number> {
    const [row] = await database.source.query<{ count: number }[]>(
      "select count(*)::integer as count from object_change",
    );
    return row?.count ?? 0;
  }

  async function inventoryRowsOfLastRun(): Promise<number> {
    const [row] = await database.source.query<{ rows: number }[]>(
      `select coalesce(sum((s->>'created')::integer + (s->>'updated')::integer + (s->>'stale')::integer), 0)::integer as rows
       from (select result from job_run order by completed desc limit 1) r, jsonb_array_elements(r.result->'stages') s`,
    );
    return row?.rows ?? 0;
  }
}

async function createDatabase(name: string): Promise<string> {
  const admin = await openDatabase({ url: servers.databaseUrl, poolSize: 1 });
  await admin.source.query(`create database ${name}`);
  await admin.close();
  const url = new URL(servers.databaseUrl);
  url.pathname = `/${name}`;
  const database = await openDatabase({ url: url.href, poolSize: 2 });
  const pool = openQueuePool(url.href);
  await migrate(database, () => migrateQueue({ kind: "postgres", pool }));
  await pool.end();
  await database.close();
  return url.href;
}

function changeOnePercent(simulator: Simulator): void {
  const changed = [...simulator.world.jobs.values()].filter((_, index) => index % 100 === 0);
  for (const job of changed) job.comment = `changed ${job.id}`;
}

async function fetchLimit({ url, world }: Simulator): Promise<number> {
  const paths = [
    "/version",
    "/access/permissions",
    "/cluster/status",
    "/nodes",
    "/cluster/resources?type=vm",
    "/storage",
    ...Array.from(world.nodes.keys(), (node) => `/nodes/${node}/replication`),
    "/cluster/replication",
    "/access/permissions",
  ];
  const token = `${DEFAULT_TOKEN.id}=${DEFAULT_TOKEN.secret}`;
  const flags = ["--disable-warning=ExperimentalWarning", "--import=tsx"];
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...flags,
    "bench/fetch-limit.ts",
    url,
    token,
    ...paths,
  ]);
  return Number(stdout);
}

function report(): void {
  process.stdout.write(`${guests} guests, ${jobs} replications, median of ${rounds.length}\n`);
  for (const phase of phases) {
    const of = (read: (measurement: Measurement) => number) =>
      median(rounds.map((round) => read(round[phase])));
    const limit = of(({ mergeMs, fetchMs }) => mergeMs + fetchMs);
    process.stdout.write(
      `${phase.padEnd(12)} sync ${ms(of(({ syncMs }) => syncMs))}  limit (a) ${ms(of(({ mergeMs }) => mergeMs))}` +
        ` + (b) ${ms(of(({ fetchMs }) => fetchMs))}  ratio ${(of(({ syncMs }) => syncMs) / limit).toFixed(2)}` +
        `  inventory rows ${of(({ rows }) => rows)}  change log ${of(({ changes }) => changes)}` +
        `  peak memory ${of(({ peakMb }) => peakMb).toFixed(0)} MB\n`,
    );
  }
}

function ms(value: number): string {
  return `${value.toFixed(0).padStart(5)} ms`;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
