import { randomBytes } from "node:crypto";
import { Writable } from "node:stream";
import { createJobs, createRuns } from "@proxbox/database";
import type { JsonObject, SyncType } from "@proxbox/domain";
import { DEFAULT_TOKEN, type Simulator, startSimulator, type World } from "@proxbox/pve-simulator";
import { createLogger, createSecretBox } from "@proxbox/service";
import { createTestDatabase } from "@proxbox/testing";
import { syncRun } from "../src/sync-run.ts";

export interface JobRow {
  readonly id: number;
  readonly status: string;
  readonly error: string;
  readonly data: JsonObject;
  readonly log_entries: { level: string; message: string }[];
}

export interface LabOptions {
  readonly leaseMs?: number;
  readonly heartbeatMs?: number;
  readonly timeoutMs?: number;
}

/**
 * A database, simulators and a worker's handler that is called directly: everything of a sync but the queue.
 * What it writes to the log is kept, to look for secrets in it.
 */
export async function openLab({ leaseMs = 10_000, heartbeatMs = 200, timeoutMs = 3_000 }: LabOptions = {}) {
  const db = await createTestDatabase();
  const secrets = createSecretBox([{ id: "k1", key: randomBytes(32) }]);
  const simulators: Simulator[] = [];
  const logged: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      logged.push(chunk.toString());
      done();
    },
  });
  const jobs = createJobs(db.database);
  const runs = createRuns(db.database, { leaseMs, maxAttempts: 5 });
  const handle = syncRun({
    runs,
    secrets,
    connectionDefaults: { timeoutMs, maxRetries: 0, retryBackoffMs: 10 },
    heartbeatMs,
    log: createLogger({ service: "test", level: "debug", format: "json", stream }),
  });
  const query = <T>(sql: string, parameters: unknown[] = []) =>
    db.database.source.query<T[]>(sql, parameters);

  async function request(endpointIds: number[] | null, syncTypes: SyncType[] = ["all"]) {
    return jobs.request({
      mode: endpointIds === null ? "full" : "individual",
      name: "Proxbox Sync",
      syncTypes,
      endpointIds,
      user: null,
    });
  }

  async function job(jobId: number): Promise<JobRow> {
    const [row] = await query<JobRow>("select * from job where id = $1", [jobId]);
    if (row === undefined) throw new Error(`there is no job ${jobId}`);
    return row;
  }

  return {
    db,
    jobs,
    runs,
    handle,
    logged,
    query,
    request,
    job,

    async simulator(world: World): Promise<Simulator> {
      const simulator = await startSimulator(world, { tls: true });
      simulators.push(simulator);
      return simulator;
    },

    async addEndpoint(simulator: Simulator, name = "pve"): Promise<number> {
      const [row] = await query<{ id: number }>(
        `insert into endpoint (name, domain, port, mode, username, token_name, tls_fingerprint)
         values ($1, $2, $3, 'undefined', 'proxbox@pve', 'sync', $4) returning id`,
        [name, simulator.host, simulator.port, simulator.fingerprint256],
      );
      const id = row?.id ?? 0;
      await query("update endpoint set token_value_sealed = $2 where id = $1", [
        id,
        secrets.seal(DEFAULT_TOKEN.secret, `endpoint:${id}:token_value`),
      ]);
      return id;
    },

    /** Requests a sync and does its runs, as a worker would; returns the job as it is then. */
    async sync(endpointId: number | null, syncTypes: SyncType[] = ["all"]): Promise<JobRow> {
      const { jobId, runIds } = await request(endpointId === null ? null : [endpointId], syncTypes);
      for (const runId of runIds) {
        await handle(
          { runId },
          { signal: new AbortController().signal, attempt: 1, deliveredAt: new Date() },
        );
      }
      return job(jobId);
    },

    async close(): Promise<void> {
      await Promise.all(simulators.map((simulator) => simulator.close()));
      await db.close();
    },
  };
}

export type Lab = Awaited<ReturnType<typeof openLab>>;
