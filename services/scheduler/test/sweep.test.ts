import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { createJobs, createRuns, type Jobs, openQueuePool } from "@proxbox/database";
import { createConsumer, createProducer, type RunProducer } from "@proxbox/queue";
import { createLogger } from "@proxbox/service";
import { createTestDatabase, type TestDatabase, type TestQueue, testQueueBackends } from "@proxbox/testing";
import { startSweep, sweepOnce } from "../src/index.ts";

const backends = testQueueBackends(openQueuePool);
const missing = backends.filter((backend) => backend.missing !== null);
const longAgo = 60_000;
const silent = createLogger({ service: "test", level: "error", format: "json", stream: process.stderr });

if (missing.length > 0) {
  test.skip.each(missing)("a sweep into $name: $missing", () => undefined);
}

describe.each(backends.filter((backend) => backend.missing === null))("a sweep into $name", (backend) => {
  let db: TestDatabase;
  let queue: TestQueue;
  let queueName: string;
  let jobs: Jobs;
  let producer: RunProducer;
  let endpoints = 0;

  beforeAll(async () => {
    db = await createTestDatabase();
    queue = await backend.open();
    jobs = createJobs(db.database);
  });
  beforeEach(async () => {
    await db.database.source.query("delete from job");
    queueName = queue.queueName();
    producer = createProducer(queue.backend, { queueName, log: silent });
  });
  afterEach(() => producer.close());
  afterAll(async () => {
    await queue.close();
    await db.close();
  });

  /** A job on that many new endpoints, of which the queue knows nothing; its runs. */
  async function requestRuns(count = 1): Promise<readonly string[]> {
    const endpointIds = [];
    for (let added = 0; added < count; added += 1) {
      const [endpoint] = await db.database.source.query<{ id: number }[]>(
        `insert into endpoint (name, domain, mode) values ($1, '192.0.2.1', 'undefined') returning id`,
        [`pve ${(endpoints += 1)}`],
      );
      if (endpoint !== undefined) endpointIds.push(endpoint.id);
    }
    const request = {
      mode: "individual",
      name: "Sync",
      syncTypes: ["all"],
      endpointIds,
      user: null,
    } as const;
    return (await jobs.request(request)).runIds;
  }

  const sweep = (olderThanMs: number) =>
    sweepOnce({ jobs, producer, everyMs: 1_000, olderThanMs, log: silent });

  /** What the queue delivers until `last` comes. */
  async function deliveriesUntil(last: string): Promise<string[]> {
    const delivered: string[] = [];
    const consumer = createConsumer(
      queue.backend,
      { queueName, concurrency: 1, log: silent, onLost: () => Promise.resolve() },
      ({ runId }) => {
        delivered.push(runId);
        return Promise.resolve({ kind: "done" });
      },
    );
    await until("the last delivery", () => delivered.includes(last));
    await consumer.close();
    return delivered;
  }

  test("hands over what never reached the queue, and then waits with it", async () => {
    const runIds = await requestRuns(3);
    expect(await sweep(longAgo)).toBe(3);
    expect(await sweep(longAgo)).toBe(0);
    const [last] = await requestRuns();
    await producer.enqueue(last ?? "");
    const delivered = await deliveriesUntil(last ?? "");
    expect(delivered.toSorted()).toEqual([...runIds, last].toSorted());
  });

  test("hands over what was handed over too long ago, which still waits only once", async () => {
    const runIds = await requestRuns(2);
    expect(await sweep(0)).toBe(2);
    expect(await sweep(0)).toBe(2);
    const [last] = await requestRuns();
    await producer.enqueue(last ?? "");
    expect(await deliveriesUntil(last ?? "")).toHaveLength(runIds.length + 1);
  });

  test("leaves a run alone that a living worker has, until its lease runs out", async () => {
    const [runId = ""] = await requestRuns();
    const runs = createRuns(db.database, { leaseMs: 300, maxAttempts: 5 });
    expect(await runs.begin(runId)).toMatchObject({ kind: "begun" });
    expect(await sweep(0)).toBe(0);
    await until("the lease runs out", async () => (await sweep(0)) === 1);
  });

  test("has nothing to do with what has ended", async () => {
    const [runId = ""] = await requestRuns();
    const [job] = await db.database.source.query<{ id: number }[]>("select id from job");
    await jobs.cancel(job?.id ?? 0, "Cancelled via API.");
    expect(await sweep(0)).toBe(0);
    expect(await createRuns(db.database, { leaseMs: 300, maxAttempts: 5 }).begin(runId)).toEqual({
      kind: "ended",
    });
  });

  test("takes first what it has not tried yet, so that a long queue keeps nothing from its turn", async () => {
    const waiting = await requestRuns(3);
    await jobs.markEnqueued(waiting);
    const [lost] = await requestRuns();
    expect(await jobs.listUndelivered(0, 1)).toEqual([lost]);
  });

  test("is repeated after one that failed; a stop waits for the one under way and lets none follow", async () => {
    const [runId = ""] = await requestRuns();
    let attempts = 0;
    let goOn: (() => void) | undefined;
    let handedOver = false;
    const failingOnce = {
      async enqueue(id: string): Promise<void> {
        attempts += 1;
        if (attempts === 1) throw new Error("away");
        await new Promise<void>((resolve) => (goOn = resolve));
        await producer.enqueue(id);
        handedOver = true;
      },
    };
    const sweeping = startSweep({ jobs, producer: failingOnce, everyMs: 5, olderThanMs: 0, log: silent });
    await until("another attempt", () => goOn !== undefined);
    const since = Date.now();
    await until("several intervals have passed", () => Date.now() > since + 50);
    const stopped = sweeping.stop();
    goOn?.();
    await stopped;
    expect({ attempts, handedOver }).toEqual({ attempts: 2, handedOver: true });
    expect(await deliveriesUntil(runId)).toEqual([runId]);
  });
});

/** Looks every few milliseconds; throws when it does not come true in time. */
async function until(what: string, look: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await look())) {
    if (Date.now() > deadline) throw new Error(`not in time: ${what}`);
    await delay(10);
  }
}
