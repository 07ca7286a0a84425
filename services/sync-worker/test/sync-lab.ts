import { randomBytes } from "node:crypto";
import { Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { createJobs, createRuns } from "@proxbox/database";
import type { JsonObject, SyncType } from "@proxbox/domain";
import {
  buildWorld,
  DEFAULT_TOKEN,
  type Simulator,
  startSimulator,
  type World,
  type WorldOptions,
} from "@proxbox/pve-simulator";
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

/** A simulated cluster, and the endpoint that it is in the lab. */
export interface LabCluster {
  readonly endpointId: number;
  readonly name: string;
  readonly simulator: Simulator;
  /** What the simulator answers from; change it at will. */
  readonly world: World;
  /** Requests a sync of this endpoint and does its run. */
  readonly sync: (syncTypes?: SyncType[]) => Promise<JobRow>;
}

export interface ClusterOptions extends WorldOptions {
  readonly name?: string;
  /** Log in with the user's password instead of the token. */
  readonly login?: "token" | "password";
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
  const log = createLogger({ service: "test", level: "debug", format: "json", stream });

  /** A worker: does one delivery of a run, as the queue would. */
  function worker(own: Pick<LabOptions, "heartbeatMs" | "timeoutMs"> = {}) {
    const handle = syncRun({
      runs,
      secrets,
      connectionDefaults: { timeoutMs: own.timeoutMs ?? timeoutMs, maxRetries: 0, retryBackoffMs: 10 },
      heartbeatMs: own.heartbeatMs ?? heartbeatMs,
      log,
    });
    return (runId: string, signal: AbortSignal = new AbortController().signal) =>
      handle({ runId }, { signal, attempt: 1, deliveredAt: new Date() });
  }
  const deliver = worker();

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

  async function simulator(world: World): Promise<Simulator> {
    const started = await startSimulator(world, { tls: true });
    simulators.push(started);
    return started;
  }

  async function addEndpoint(
    { host, port, fingerprint256 }: Simulator,
    name = "pve",
    login: "token" | "password" = "token",
  ): Promise<number> {
    const [row] = await query<{ id: number }>(
      `insert into endpoint (name, domain, port, mode, username, token_name, tls_fingerprint)
       values ($1, $2, $3, 'undefined', $4, $5, $6) returning id`,
      [name, host, port, DEFAULT_TOKEN.userid, login === "token" ? "sync" : "", fingerprint256],
    );
    const id = row?.id ?? 0;
    const [column, secret] =
      login === "token" ? ["token_value", DEFAULT_TOKEN.secret] : ["password", DEFAULT_TOKEN.password];
    await query(`update endpoint set ${column}_sealed = $2 where id = $1`, [
      id,
      secrets.seal(secret, `endpoint:${id}:${column}`),
    ]);
    return id;
  }

  /** Requests a sync and does its runs, as a worker would; returns the job as it is then. */
  async function sync(endpointId: number | null, syncTypes: SyncType[] = ["all"]): Promise<JobRow> {
    const { jobId, runIds } = await request(endpointId === null ? null : [endpointId], syncTypes);
    for (const runId of runIds) await deliver(runId);
    return job(jobId);
  }

  let clusters = 0;

  return {
    db,
    jobs,
    runs,
    secrets,
    logged,
    query,
    request,
    job,
    worker,
    deliver,
    simulator,
    addEndpoint,
    sync,

    /** Looks every few milliseconds; throws when it does not come true in time. */
    async until(condition: () => boolean | Promise<boolean>): Promise<void> {
      const deadline = Date.now() + 10_000;
      while (!(await condition())) {
        if (Date.now() > deadline) throw new Error(`not in time: ${condition.toString()}`);
        await delay(5);
      }
    },

    /** Builds a world, serves it and adds it as an endpoint. Every cluster of a lab has its own identity. */
    async cluster({ name, login, ...options }: ClusterOptions = {}): Promise<LabCluster> {
      clusters += 1;
      const world = buildWorld({ seed: clusters, ...options });
      const served = await simulator(world);
      const label = name ?? `endpoint ${clusters}`;
      const endpointId = await addEndpoint(served, label, login);
      return {
        endpointId,
        name: label,
        simulator: served,
        get world() {
          return served.world;
        },
        sync: (syncTypes) => sync(endpointId, syncTypes),
      };
    },

    async close(): Promise<void> {
      await Promise.all(simulators.map((one) => one.close()));
      await db.close();
    },
  };
}

export type Lab = Awaited<ReturnType<typeof openLab>>;
