import { randomBytes, randomUUID } from "node:crypto";
import { createJobs, openQueuePool } from "@proxbox/database";
import {
  buildWorld,
  DEFAULT_TOKEN,
  type Simulator,
  startSimulator,
  type WorldOptions,
} from "@proxbox/pve-simulator";
import { createProducer, migrateQueue, type QueueBackend } from "@proxbox/queue";
import { createLogger, createSecretBox } from "@proxbox/service";
import { createTestDatabase, testQueueBackends, type TestQueueBackend } from "@proxbox/testing";
import { forgetEverything } from "../../../packages/queue/test/raw-queue.ts";
import { type ServiceProcess, startServiceProcess } from "./service-process.ts";
import { until } from "./until.ts";

const backends = testQueueBackends(openQueuePool);
export const available = backends.filter(({ missing }) => missing === null);
export const missing = backends.filter(({ missing }) => missing !== null);

/** Short enough for a test, long enough for a busy machine. */
const impatient = {
  LEASE_MS: "1000",
  HEARTBEAT_MS: "200",
  QUEUE_LOCK_MS: "1000",
  QUEUE_STALLED_MS: "500",
  SYNC_CONCURRENCY: "1",
  SWEEP_EVERY_MS: "200",
  SWEEP_OLDER_THAN_MS: "1000",
};

export interface StoredJob {
  readonly uuid: string;
  readonly status: string;
  readonly error: string;
  readonly ended: boolean;
  /** Lines of its log about the replications of an endpoint: one for each time a run ended. */
  readonly endings: number;
  readonly attempts: number;
  readonly runStatus: string;
}

/** A simulated cluster and the endpoint that it is. */
export interface LabEndpoint {
  readonly id: number;
  readonly simulator: Simulator;
}

export interface RequestedRun {
  readonly jobId: number;
  readonly runId: string;
}

/** Everything of an installation but the API: a database, a queue of its own, simulators, and real processes. */
export async function openProcessLab(server: TestQueueBackend) {
  const db = await createTestDatabase();
  const pool = openQueuePool(db.url, 3);
  const queue = await openQueue();
  const queueName = queue.queueName();
  const key = randomBytes(32);
  const secrets = createSecretBox([{ id: "k1", key }]);
  const log = createLogger({ service: "test", level: "error", format: "json", stream: process.stderr });
  const jobs = createJobs(db.database);
  const producer = createProducer(queue.backend, { queueName, log });
  const simulators: Simulator[] = [];
  const processes: ServiceProcess[] = [];
  const query = <T>(sql: string, parameters: unknown[] = []) =>
    db.database.source.query<T[]>(sql, parameters);

  /** On PostgreSQL the queue is in the processes' own database. */
  async function openQueue() {
    const opened = await server.open();
    if (opened.backend.kind === "redis") return opened;
    await opened.close();
    const backend: QueueBackend = { kind: "postgres", pool };
    await migrateQueue(backend);
    const place = { kind: "postgres", url: db.url } as const;
    return {
      backend,
      server: place,
      queueName: () => `test-${randomUUID()}`,
      close: () => Promise.resolve(),
    };
  }

  function start(name: "sync-worker" | "scheduler", settings: Readonly<Record<string, string>> = {}) {
    const started = startServiceProcess(name, {
      DATABASE_URL: db.url,
      ...(queue.server.kind === "redis" ? { REDIS_URL: queue.server.url } : {}),
      QUEUE_NAME: queueName,
      ENCRYPTION_KEYS: `k1:${key.toString("base64")}`,
      OPS_PORT: "0",
      LOG_LEVEL: "debug",
      ...impatient,
      ...settings,
    });
    processes.push(started);
    return started;
  }

  const running = (name: string) => processes.filter((one) => one.name === name && one.isRunning());

  async function job(jobId: number): Promise<StoredJob> {
    const [row] = await query<StoredJob>(
      `select j.job_id as uuid, j.status, j.error, j.completed is not null as ended, r.attempts,
              r.status as "runStatus",
              (select count(*)::integer from jsonb_array_elements(j.log_entries) line
               where line->>'message' like '%: replications %') as endings
       from job j join job_run r on r.job_id = j.id where j.id = $1`,
      [jobId],
    );
    if (row === undefined) throw new Error(`there is no job ${jobId} with a run`);
    return row;
  }

  /** The rows of an accepted request, and nothing in the queue. */
  async function request({ id }: LabEndpoint): Promise<RequestedRun> {
    const { jobId, runIds } = await jobs.request({
      mode: "individual",
      name: "Proxbox Sync",
      syncTypes: ["all"],
      endpointIds: [id],
      user: null,
    });
    const [runId] = runIds;
    if (runId === undefined) throw new Error("the job has no run");
    return { jobId, runId };
  }

  return {
    db,
    jobs,
    query,
    job,
    request,

    async endpoint(options: WorldOptions = {}): Promise<LabEndpoint> {
      const seed = simulators.length + 1;
      const simulator = await startSimulator(buildWorld({ seed, clusterName: `c${seed}`, ...options }), {
        tls: true,
      });
      simulators.push(simulator);
      const [row] = await query<{ id: number }>(
        `insert into endpoint (name, domain, port, mode, username, token_name, tls_fingerprint)
         values ($1, $2, $3, 'undefined', $4, 'sync', $5) returning id`,
        [`pve ${seed}`, simulator.host, simulator.port, DEFAULT_TOKEN.userid, simulator.fingerprint256],
      );
      const id = row?.id ?? 0;
      await query("update endpoint set token_value_sealed = $2 where id = $1", [
        id,
        secrets.seal(DEFAULT_TOKEN.secret, `endpoint:${id}:token_value`),
      ]);
      return { id, simulator };
    },

    /** Requests a sync and hands it to the queue, as the API does. */
    async sync(endpoint: LabEndpoint): Promise<RequestedRun> {
      const requested = await request(endpoint);
      await producer.enqueue(requested.runId);
      await jobs.markEnqueued([requested.runId]);
      return requested;
    },

    /** The job when it has ended. */
    async ended({ jobId }: RequestedRun, withinMs?: number): Promise<StoredJob> {
      const look = async () => {
        const row = await job(jobId);
        return row.ended && row;
      };
      try {
        return await until(`the end of job ${jobId}`, look, withinMs);
      } catch (cause) {
        const story = processes.map((one) => one.describe()).join("\n");
        throw new Error(`job ${jobId} is ${JSON.stringify(await job(jobId))}\n${story}`, { cause });
      }
    },

    start,

    runningWorkers: () => running("sync-worker"),

    /** That many ready workers: those that run already, and new ones with these settings. */
    async workers(count: number, settings?: Readonly<Record<string, string>>): Promise<ServiceProcess[]> {
      const alive = running("sync-worker");
      while (alive.length < count) alive.push(start("sync-worker", settings));
      await Promise.all(alive.map((worker) => worker.ready()));
      return alive;
    },

    /** The running worker that has begun this run. */
    holder: ({ runId }: RequestedRun): Promise<ServiceProcess> =>
      until(`a worker begins run ${runId}`, () =>
        running("sync-worker").find(({ logged }) =>
          logged.some((line) => line.message === "run begun" && line.runId === runId),
        ),
      ),

    /** Keeps workers from writing to a table, so that their transaction can be caught in the middle. */
    async lockTable(table: string) {
      const locker = db.database.source.createQueryRunner();
      await locker.connect();
      await locker.startTransaction();
      await locker.query(`lock table ${table} in share row exclusive mode`);
      return {
        isWaitedFor: () =>
          until(`a worker waits for ${table}`, async () => {
            const waiting = await query(
              `select 1 from pg_locks l join pg_stat_activity a using (pid)
               where l.relation = $1::regclass and not l.granted and a.application_name = 'proxbox-sync-worker'`,
              [table],
            );
            return waiting.length > 0;
          }),
        async release() {
          await locker.rollbackTransaction();
          await locker.release();
        },
      };
    },

    /** How many statements wait for somebody else's lease. */
    async waitingForLeases(): Promise<number> {
      const waiting = await query(
        `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
           and state = 'active' and query ~ '^\\s*(update|insert into) endpoint_lease'`,
      );
      return waiting.length;
    },

    /** Whether the next run of an endpoint can begin at once. */
    async isFree({ id }: LabEndpoint): Promise<boolean> {
      const [lease] = await query<{ free: boolean }>(
        `select expires_at <= clock_timestamp() as free from endpoint_lease where endpoint_id = $1`,
        [id],
      );
      return lease?.free ?? true;
    },

    /** Makes the queue lose everything, as a server does that restarts without its data. */
    loseQueue: () => forgetEverything(queue, queueName),

    /** Wakes up whatever a test that failed left suspended. */
    resumeProcesses(): void {
      for (const one of processes) one.send("SIGCONT");
    },

    async stopScheduler(): Promise<void> {
      await Promise.all(running("scheduler").map((one) => one.kill()));
    },

    async close(): Promise<void> {
      await Promise.all(processes.map((one) => one.kill()));
      await producer.close();
      await Promise.all(simulators.map((one) => one.close()));
      await queue.close();
      await pool.end();
      await db.close();
    },
  };
}

export type ProcessLab = Awaited<ReturnType<typeof openProcessLab>>;
