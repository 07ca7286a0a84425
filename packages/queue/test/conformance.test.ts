import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { isQueueReady, migrateQueue, QueueError, type DeliveryOutcome } from "@proxbox/queue";
import type { TestQueue } from "@proxbox/testing";
import { available, missing, openBench, until, type QueueBench } from "./queue-fixture.ts";
import { addRawJob, forgetEverything } from "./raw-queue.ts";

const done: DeliveryOutcome = { kind: "done" };

for (const { name, missing: reason } of missing) {
  test.skip(`the queue on ${name}: ${reason ?? ""}`, () => undefined);
}

describe.each(available)("a queue on $name", (backend) => {
  let queue: TestQueue;
  let bench: QueueBench;

  beforeAll(async () => {
    queue = await backend.open();
  });
  afterAll(() => queue.close());
  beforeEach(() => {
    bench = openBench(queue.backend, queue.queueName());
  });
  afterEach(() => bench.close());

  test("delivers a run to a handler, with its attempt, its time and a quiet signal", async () => {
    const runId = randomUUID();
    const before = Date.now();
    const seen: unknown[] = [];
    bench.consumer((data, { attempt, deliveredAt, signal }) => {
      const age = deliveredAt.getTime() - before;
      seen.push([data, attempt, signal.aborted, age >= 0 && age < 15_000]);
      return Promise.resolve(done);
    });
    await bench.producer().enqueue(runId);
    await until(() => seen.length > 0, "a delivery");
    expect(seen).toEqual([[{ runId }, 1, false, true]]);
  });

  test("keeps one delivery of a run that is enqueued again while it waits", async () => {
    const producer = bench.producer();
    const [first, second] = [randomUUID(), randomUUID()];
    await producer.enqueue(first);
    await producer.enqueue(first);
    await producer.enqueue(second);
    const delivered = collectDeliveries(bench);
    await until(() => delivered.includes(second), "the second run");
    expect(delivered).toEqual([first, second]);
  });

  test("ignores a run that is enqueued again while its handler runs", async () => {
    const producer = bench.producer();
    const [first, second] = [randomUUID(), randomUUID()];
    const delivered: string[] = [];
    let finish = (): void => undefined;
    bench.consumer(
      async ({ runId }) => {
        delivered.push(runId);
        if (runId === first) await new Promise<void>((resolve) => (finish = resolve));
        return done;
      },
      { concurrency: 1 },
    );
    await producer.enqueue(first);
    await until(() => delivered.length === 1, "the first run");
    await producer.enqueue(first);
    await producer.enqueue(second);
    finish();
    await until(() => delivered.length === 2, "the second run");
    expect(delivered).toEqual([first, second]);
  });

  test("delivers a finished run once more when it is enqueued again", async () => {
    const producer = bench.producer();
    const runId = randomUUID();
    const delivered = collectDeliveries(bench);
    await producer.enqueue(runId);
    await until(() => delivered.length === 1, "the first delivery");
    // The handler returned, but BullMQ may not have taken note yet, and would ignore the call.
    await until(
      () => delivered.length === 2,
      "the second delivery",
      () => producer.enqueue(runId),
    );
    expect(delivered).toEqual([runId, runId]);
  });

  test("takes back deliveries that wait or are postponed, and none that a handler holds", async () => {
    const producer = bench.producer();
    const [waiting, postponed, held, last] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
    await producer.enqueue(waiting);
    await producer.enqueue(postponed);
    await producer.remove(waiting);
    await producer.remove(waiting);
    const delivered: string[] = [];
    let finish = (): void => undefined;
    bench.consumer(
      async ({ runId }) => {
        delivered.push(runId);
        if (runId === postponed) return { kind: "later", delayMs: 200 };
        if (runId === held) await new Promise<void>((resolve) => (finish = resolve));
        return runId === last ? { kind: "later", delayMs: 300 } : done;
      },
      { concurrency: 1 },
    );
    await producer.enqueue(held);
    await until(() => delivered.includes(held), "the held run");
    await producer.remove(postponed);
    await producer.remove(held);
    await producer.enqueue(last);
    finish();
    await until(() => delivered.filter((runId) => runId === last).length === 2, "a run postponed for longer");
    expect(delivered).toEqual([postponed, held, last, last]);
  });

  test("brings a run back later, as often as the handler asks, without spending attempts", async () => {
    const attempts: number[] = [];
    const times: number[] = [];
    bench.consumer((_data, { attempt }) => {
      attempts.push(attempt);
      times.push(Date.now());
      return Promise.resolve(attempts.length < 8 ? { kind: "later", delayMs: 50 } : done);
    });
    await bench.producer().enqueue(randomUUID());
    await until(() => attempts.length === 8, "eight deliveries");
    expect(attempts).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
    for (const [index, time] of times.entries()) {
      expect(time - (times[index - 1] ?? 0)).toBeGreaterThanOrEqual(50);
    }
    expect(bench.lost).toEqual([]);
  });

  test("works on other runs while one is postponed", async () => {
    const producer = bench.producer();
    const [postponed, other] = [randomUUID(), randomUUID()];
    const delivered: string[] = [];
    bench.consumer(
      ({ runId }) => {
        delivered.push(runId);
        const again = runId === postponed && delivered.length === 1;
        return Promise.resolve(again ? { kind: "later", delayMs: 300 } : done);
      },
      { concurrency: 1 },
    );
    await producer.enqueue(postponed);
    await producer.enqueue(other);
    await until(() => delivered.length === 3, "three deliveries");
    expect(delivered).toEqual([postponed, other, postponed]);
  });

  test("repeats a run whose handler threw, after a pause, as the next attempt", async () => {
    const attempts: number[] = [];
    const times: number[] = [];
    bench.consumer((_data, { attempt }) => {
      attempts.push(attempt);
      times.push(Date.now());
      return attempt === 1 ? Promise.reject(new Error("no route to host")) : Promise.resolve(done);
    });
    await bench.producer().enqueue(randomUUID());
    await until(() => attempts.length === 2, "the second attempt");
    expect(attempts).toEqual([1, 2]);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(400);
    expect(bench.lost).toEqual([]);
  });

  test("reports a run that is lost because every attempt threw", async () => {
    const runId = randomUUID();
    const attempts: number[] = [];
    bench.consumer((_data, { attempt }) => {
      attempts.push(attempt);
      return Promise.reject(new Error(`failure ${attempt}`));
    });
    await addRawJob(queue, bench.queueName, { name: "sync-run", data: { runId }, id: runId });
    await until(() => bench.lost.length > 0, "the report");
    expect(attempts).toEqual([1, 2]);
    expect(bench.lost).toEqual([{ runId, reason: "attempts-exhausted", message: "failure 2" }]);
  });

  test.each([
    ["data it cannot read", "sync-run", { run: 1 }],
    ["a name it does not know", "sync-everything", { runId: "0192f0c1-4f3a-7c11-8a4e-111111111111" }],
  ])("reports a run that comes with %s, at once", async (_what, name, data) => {
    const runId = randomUUID();
    const delivered = collectDeliveries(bench);
    await addRawJob(queue, bench.queueName, { name, data, id: runId });
    await until(() => bench.lost.length > 0, "the report");
    expect(bench.lost).toMatchObject([{ runId, reason: "unreadable" }]);
    expect(delivered).toEqual([]);
  });

  test("goes on when the report of a lost run fails", async () => {
    const producer = bench.producer();
    const delivered: string[] = [];
    bench.consumer(
      ({ runId }) => {
        delivered.push(runId);
        return Promise.resolve(done);
      },
      { onLost: () => Promise.reject(new Error("the database is away")) },
    );
    await addRawJob(queue, bench.queueName, { name: "sync-run", data: {}, id: randomUUID() });
    await until(
      () => bench.log.lines.some(({ message }) => message === "lost delivery could not be reported"),
      "the log line",
    );
    const runId = randomUUID();
    await producer.enqueue(runId);
    await until(() => delivered.length === 1, "the next run");
    expect(delivered).toEqual([runId]);
  });

  test("works on as many runs at a time as its concurrency says", async () => {
    const producer = bench.producer();
    for (let count = 0; count < 6; count += 1) await producer.enqueue(randomUUID());
    let running = 0;
    let most = 0;
    let finished = 0;
    bench.consumer(
      async () => {
        running += 1;
        most = Math.max(most, running);
        await until(() => most === 3, "three at a time");
        running -= 1;
        finished += 1;
        return done;
      },
      { concurrency: 3 },
    );
    await until(() => finished === 6, "six runs");
    expect(most).toBe(3);
  });

  test("waits at closing for a handler that ends in time, and does not repeat its run", async () => {
    const [first, second] = [randomUUID(), randomUUID()];
    let finish: (() => void) | undefined;
    let aborted: boolean | undefined;
    const consumer = bench.consumer(async (_data, { signal }) => {
      await new Promise<void>((resolve) => (finish = resolve));
      aborted = signal.aborted;
      return done;
    });
    const producer = bench.producer();
    await producer.enqueue(first);
    await until(() => finish !== undefined, "the delivery");
    const closing = consumer.close();
    finish?.();
    await closing;
    expect(aborted).toBe(false);
    expect(consumer.isRunning).toBe(false);
    const delivered = collectDeliveries(bench);
    await producer.enqueue(second);
    await until(() => delivered.length > 0, "the next run");
    expect(delivered).toEqual([second]);
  });

  test("gives an interrupted run to another worker at once, as the same attempt", async () => {
    const runId = randomUUID();
    let reason: unknown;
    let started = false;
    const first = bench.consumer(
      async (_data, { signal }) => {
        started = true;
        await once(signal, "abort");
        reason = signal.reason;
        throw signal.reason;
      },
      { drainTimeoutMs: 50 },
    );
    await bench.producer().enqueue(runId);
    await until(() => started, "the first delivery");
    const closing = first.close();
    const attempts: number[] = [];
    bench.consumer((_data, { attempt }) => {
      attempts.push(attempt);
      return Promise.resolve(done);
    });
    await closing;
    await until(() => attempts.length === 1, "the second delivery");
    expect(reason).toMatchObject({ name: "DeliveryInterrupted", code: "shutdown" });
    expect(attempts).toEqual([1]);
  });

  test("takes no new runs while closing", async () => {
    const producer = bench.producer();
    let finish = (): void => undefined;
    const delivered: string[] = [];
    const consumer = bench.consumer(async ({ runId }) => {
      delivered.push(runId);
      await new Promise<void>((resolve) => (finish = resolve));
      return done;
    });
    const [first, second] = [randomUUID(), randomUUID()];
    await producer.enqueue(first);
    await until(() => delivered.length === 1, "the first run");
    const closing = consumer.close();
    await producer.enqueue(second);
    finish();
    await closing;
    expect(delivered).toEqual([first]);
    expect(await collectNext(bench)).toBe(second);
  });

  test("closes before the first connection stands, and twice", async () => {
    const consumer = bench.consumer(() => Promise.resolve(done));
    const ready = consumer.ready().then(
      () => "ready",
      (error: unknown) => (error instanceof QueueError ? error.code : error),
    );
    await Promise.all([consumer.close(), consumer.close()]);
    expect(["ready", "closed"]).toContain(await ready);
    expect(consumer.isRunning).toBe(false);
  });

  test("refuses ids that are no UUIDs, and calls after closing", async () => {
    const producer = bench.producer();
    await expect(producer.enqueue("17")).rejects.toMatchObject({ code: "invalid-data" });
    await producer.close();
    await expect(producer.enqueue(randomUUID())).rejects.toMatchObject({ code: "closed" });
    await expect(producer.remove(randomUUID())).rejects.toMatchObject({ code: "closed" });
  });

  test("delivers runs again after it lost everything, one of them in a handler's hands", async () => {
    const [held, other] = [randomUUID(), randomUUID()];
    const delivered: string[] = [];
    let finish: (() => void) | undefined;
    bench.consumer(
      async ({ runId }) => {
        delivered.push(runId);
        if (delivered.length === 1) await new Promise<void>((resolve) => (finish = resolve));
        return done;
      },
      { concurrency: 1 },
    );
    const producer = bench.producer();
    await producer.enqueue(held);
    await producer.enqueue(other);
    await until(() => finish !== undefined, "the held run");
    await forgetEverything(queue, bench.queueName);
    finish?.();
    await producer.enqueue(held);
    await producer.enqueue(other);
    await until(() => delivered.length === 3, "the runs enqueued again");
    expect(delivered).toEqual([held, held, other]);
    expect(bench.lost).toEqual([]);
  });

  test("is ready once migrated, and migrating again changes nothing", async () => {
    await migrateQueue(queue.backend);
    expect(await isQueueReady(queue.backend)).toBe(true);
    const consumer = bench.consumer(() => Promise.resolve(done));
    await consumer.ready();
    await until(() => consumer.isRunning, "a running consumer");
  });
});

async function collectNext(bench: QueueBench): Promise<string | undefined> {
  const delivered = collectDeliveries(bench);
  await until(() => delivered.length > 0, "a delivery");
  return delivered[0];
}

function collectDeliveries(bench: QueueBench): string[] {
  const delivered: string[] = [];
  bench.consumer(
    ({ runId }) => {
      delivered.push(runId);
      return Promise.resolve(done);
    },
    { concurrency: 1 },
  );
  return delivered;
}
