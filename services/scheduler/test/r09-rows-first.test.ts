import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { createJobs, createRuns, type Jobs, openQueuePool, type Runs } from "@proxbox/database";
import { createConsumer, createProducer, type RunConsumer, type RunProducer } from "@proxbox/queue";
import { createLogger } from "@proxbox/service";
import { createTestDatabase, type TestDatabase, type TestQueue, testQueueBackends } from "@proxbox/testing";
import { startSweep, sweepOnce } from "../src/index.ts";

const backends = testQueueBackends(openQueuePool);
const missing = backends.filter((backend) => backend.missing !== null);
const log = createLogger({ service: "test", level: "error", format: "json", stream: process.stderr });
const leaseMs = 300;

if (missing.length > 0) {
  test.skip.each(missing)("rows first, queue on $name: $missing", () => undefined);
}

describe.each(backends.filter((backend) => backend.missing === null))(
  "rows first, queue on $name",
  (backend) => {
    let db: TestDatabase;
    let queue: TestQueue;
    let jobs: Jobs;
    let runs: Runs;
    let queueName: string;
    let producer: RunProducer;
    let endpointIds: number[];
    const consumers: RunConsumer[] = [];

    beforeAll(async () => {
      db = await createTestDatabase();
      queue = await backend.open();
      jobs = createJobs(db.database);
      runs = createRuns(db.database, { leaseMs, maxAttempts: 5 });
      const endpoints = await db.database.source.query<{ id: number }[]>(
        `insert into endpoint (name, domain, mode) select 'pve ' || n, '192.0.2.' || n, 'undefined'
       from generate_series(1, 4) as n returning id`,
      );
      endpointIds = endpoints.map(({ id }) => id);
    });
    beforeEach(async () => {
      await db.database.source.query("delete from job");
      await db.database.source.query("delete from endpoint_lease");
      queueName = queue.queueName();
      producer = createProducer(queue.backend, { queueName, log });
    });
    afterEach(async () => {
      await Promise.all(consumers.splice(0).map((consumer) => consumer.close()));
      await producer.close();
    });
    afterAll(async () => {
      await queue.close();
      await db.close();
    });

    const request = () =>
      jobs.request({ mode: "individual", name: "Sync", syncTypes: ["all"], endpointIds, user: null });

    const sweep = (to: Pick<RunProducer, "enqueue"> = producer) =>
      sweepOnce({ jobs, producer: to, everyMs: 1_000, olderThanMs: 0, log });

    /** A worker that does its runs without a Proxmox. */
    function startWorker(): void {
      const consumer = createConsumer(
        queue.backend,
        { queueName, log, drainTimeoutMs: 100, onLost: () => Promise.resolve() },
        async ({ runId }) => {
          const run = await runs.begin(runId);
          if (run.kind === "busy") return { kind: "later", delayMs: 100 };
          if (run.kind === "begun") await runs.finish(run, () => Promise.resolve({ stages: [] }));
          return { kind: "done" };
        },
      );
      consumers.push(consumer);
    }

    async function untilEnded(jobId: number): Promise<void> {
      await until(async () => (await jobs.progress(jobId))?.ended === true);
      expect(await jobs.progress(jobId)).toEqual({ status: "completed", error: "", ended: true });
      const attempts = await db.database.source.query<{ attempts: number }[]>(
        "select attempts from job_run where job_id = $1",
        [jobId],
      );
      expect(attempts).toHaveLength(endpointIds.length);
    }

    test("a request that could not be handed over, as the process died in between, is done", async () => {
      const { jobId } = await request();
      startWorker();
      expect(await sweep()).toBe(4);
      await untilEnded(jobId);
    });

    test("a request is accepted while the queue is away, and done when it is back", async () => {
      const away = createProducer(
        { kind: "redis", url: "redis://127.0.0.1:1" },
        { queueName, timeoutMs: 200, log: { ...log, warn: () => undefined, error: () => undefined } },
      );
      try {
        const { jobId, runIds } = await request();
        await expect(away.enqueue(runIds[0] ?? "")).rejects.toMatchObject({ code: "unavailable" });
        await expect(sweep(away)).rejects.toMatchObject({ code: "unavailable" });
        // Nothing claims to have been handed over.
        expect(await jobs.listUndelivered(60_000, 10)).toHaveLength(4);
        expect(await jobs.progress(jobId)).toEqual({ status: "pending", error: "", ended: false });
        startWorker();
        await sweep();
        await untilEnded(jobId);
      } finally {
        await away.close();
      }
    });

    test("what the queue lost while it waited is handed over again", async () => {
      const { jobId, runIds } = await request();
      await sweep();
      for (const runId of runIds) await producer.remove(runId);
      startWorker();
      await sweep();
      await untilEnded(jobId);
    });

    test("what the queue lost while a worker that died had it is handed over again", async () => {
      const { jobId, runIds } = await request();
      for (const runId of runIds) expect(await runs.begin(runId)).toMatchObject({ kind: "begun" });
      startWorker();
      // Each is handed over as soon as its lease has run out.
      const sweeping = startSweep({ jobs, producer, everyMs: 20, olderThanMs: 0, log });
      try {
        await untilEnded(jobId);
      } finally {
        await sweeping.stop();
      }
    });

    test("sweeps that never stop deliver nothing twice to any effect", async () => {
      const sweeps = [1, 2, 3].map(() => startSweep({ jobs, producer, everyMs: 5, olderThanMs: 0, log }));
      startWorker();
      startWorker();
      try {
        for (let round = 0; round < 3; round += 1) {
          const { jobId } = await request();
          await untilEnded(jobId);
          const changed = await db.database.source.query<unknown[]>(
            "select 1 from job_run where job_id = $1 and attempts <> 1",
            [jobId],
          );
          expect(changed).toEqual([]);
        }
      } finally {
        await Promise.all(sweeps.map(({ stop }) => stop()));
      }
    });

    test("what the queue remembers and PostgreSQL does not is nothing", async () => {
      startWorker();
      const { jobId } = await request();
      const forgotten = "00000000-0000-4000-8000-000000000000";
      await producer.enqueue(forgotten);
      await sweep();
      await untilEnded(jobId);
      expect(await runs.begin(forgotten)).toEqual({ kind: "ended" });
    });
  },
);

/** Looks every few milliseconds; throws when it does not come true in time. */
async function until(look: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await look())) {
    if (Date.now() > deadline) throw new Error(`not in time: ${look.toString()}`);
    await delay(10);
  }
}
