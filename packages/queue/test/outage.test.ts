import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { Redis } from "ioredis";
import { openQueuePool } from "@proxbox/database";
import {
  isQueueReady,
  migrateQueue,
  QueueError,
  type DeliveryOutcome,
  type QueueBackend,
  type RunProducer,
} from "@proxbox/queue";
import type { TestQueue } from "@proxbox/testing";
import { available, openBench, until, type QueueBench } from "./queue-fixture.ts";
import { openTcpGate, type TcpGate } from "./tcp-gate.ts";

const done: DeliveryOutcome = { kind: "done" };

describe.each(available)("an outage of $name", (server) => {
  let queue: TestQueue;
  let gate: TcpGate;
  let gated: GatedBackend;
  let bench: QueueBench;

  beforeEach(async () => {
    queue = await server.open();
    gate = await openTcpGate(new URL(queue.server.url));
    gated = openGated(queue, gate.port);
    bench = openBench(gated.backend, queue.queueName());
  });
  afterEach(async () => {
    await bench.close();
    await gated.close();
    await gate.shut();
    await queue.close();
  });

  test("at start ends when the server comes, and fails calls fast until then", async () => {
    await gate.shut();
    const delivered: string[] = [];
    const consumer = bench.consumer(({ runId }) => {
      delivered.push(runId);
      return Promise.resolve(done);
    });
    const producer = bench.producer();
    const asked = Date.now();
    await expect(producer.enqueue(randomUUID())).rejects.toMatchObject({ code: "unavailable" });
    expect(Date.now() - asked).toBeLessThan(3_000);
    expect(await isQueueReady(gated.backend)).toBe(false);
    expect(consumer.isRunning).toBe(false);

    await gate.open();
    await consumer.ready();
    const runId = randomUUID();
    await until(
      () => delivered.includes(runId),
      "a delivery",
      () => enqueueIfPossible(producer, runId),
    );
    expect(await isQueueReady(gated.backend)).toBe(true);
    expect(consumer.isRunning).toBe(true);
  });

  test("in the middle loses no delivery, crashes nothing and is two lines in the log of each side", async () => {
    const [held, missed] = [randomUUID(), randomUUID()];
    const delivered: string[] = [];
    let finish: (() => void) | undefined;
    const consumer = bench.consumer(async ({ runId }) => {
      delivered.push(runId);
      if (runId === held) await new Promise<void>((resolve) => (finish = resolve));
      return done;
    });
    const producer = bench.producer();
    await producer.enqueue(held);
    await until(() => finish !== undefined, "the held run");

    await gate.shut();
    await expect(producer.enqueue(missed)).rejects.toMatchObject({ code: "unavailable" });
    await until(() => !consumer.isRunning, "the consumer notices");
    finish?.();
    await expect(producer.enqueue(missed)).rejects.toMatchObject({ code: "unavailable" });
    await gate.open();

    await until(
      () => delivered.includes(missed),
      "the next run",
      () => enqueueIfPossible(producer, missed),
    );
    await until(() => consumer.isRunning, "the consumer is back");
    expect(delivered.filter((runId) => runId === held)).toHaveLength(1);
    const messages = bench.log.lines.map(({ message }) => message);
    expect(messages.filter((message) => message === "queue cannot be used").length).toBeLessThanOrEqual(2);
    expect(messages.filter((message) => message === "queue can be used again").length).toBeLessThanOrEqual(2);
    expect(messages).toContain("queue can be used again");
    expect(messages.length).toBeLessThan(8);
  });

  test("that swallows packets fails calls at their deadline", async () => {
    const producer = bench.producer();
    await producer.enqueue(randomUUID());
    gate.swallow();
    const asked = Date.now();
    await expect(producer.enqueue(randomUUID())).rejects.toMatchObject({ code: "unavailable" });
    expect(Date.now() - asked).toBeLessThan(3_500);
    await gate.shut();
  });

  test("does not keep a consumer from closing", async () => {
    let started = false;
    const consumer = bench.consumer(
      async (_data, { signal }) => {
        started = true;
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        throw signal.reason;
      },
      { drainTimeoutMs: 100 },
    );
    await bench.producer().enqueue(randomUUID());
    await until(() => started, "the delivery");
    await gate.shut();
    await until(() => !consumer.isRunning, "the consumer notices");
    const asked = Date.now();
    await consumer.close();
    expect(Date.now() - asked).toBeLessThan(8_000);
  });
});

describe.each(available.filter(({ name }) => name === "redis"))("a $name that refuses", (server) => {
  test("is asked patiently and logged briefly, until it changes its mind", async () => {
    const queue = await server.open();
    const user = `user-${randomUUID()}`;
    const url = new URL(queue.server.url);
    [url.username, url.password] = [user, "secret"];
    const admin = new Redis(queue.server.url);
    await admin.call("ACL", "SETUSER", user, "on", ">secret", "~*", "+@all");
    const bench = openBench({ kind: "redis", url: url.href }, queue.queueName());
    const delivered: string[] = [];
    let finish: (() => void) | undefined;
    const consumer = bench.consumer(
      async ({ runId }) => {
        delivered.push(runId);
        if (delivered.length === 1) await new Promise<void>((resolve) => (finish = resolve));
        return done;
      },
      { concurrency: 1 },
    );
    const producer = bench.producer();
    const [held, next] = [randomUUID(), randomUUID()];
    await producer.enqueue(held);
    await producer.enqueue(next);
    await until(() => finish !== undefined, "the held run");

    const refusalsBefore = await countRefusals(admin);
    await admin.call("ACL", "SETUSER", user, "-evalsha", "-eval");
    finish?.();
    await until(() => !consumer.isRunning, "the refusal");
    for (let count = 0; count < 300; count += 1) {
      await expect(producer.enqueue(randomUUID())).rejects.toMatchObject({ code: "unavailable" });
    }
    await admin.call("ACL", "SETUSER", user, "+evalsha", "+eval");

    await until(() => delivered.includes(next), "the next run");
    expect((await countRefusals(admin)) - refusalsBefore).toBeLessThan(320);
    expect(bench.log.lines.length).toBeLessThan(10);
    await bench.close();
    await admin.call("ACL", "DELUSER", user);
    admin.disconnect();
    await queue.close();
  });
});

describe.each(available.filter(({ name }) => name === "postgres"))(
  "a database without the queue",
  (server) => {
    test("is waited for until somebody migrates it", async () => {
      const queue = await server.open();
      if (queue.backend.kind === "postgres") await queue.backend.pool.query("drop schema bullmq cascade");
      const bench = openBench(queue.backend, queue.queueName());
      const delivered: string[] = [];
      const consumer = bench.consumer(({ runId }) => {
        delivered.push(runId);
        return Promise.resolve(done);
      });
      const producer = bench.producer();
      expect(await isQueueReady(queue.backend)).toBe(false);
      await expect(producer.enqueue(randomUUID())).rejects.toMatchObject({ code: "unavailable" });
      await migrateQueue(queue.backend);
      await consumer.ready();
      const runId = randomUUID();
      await producer.enqueue(runId);
      await until(() => delivered.includes(runId), "the delivery");
      await bench.close();
      await queue.close();
    });
  },
);

async function countRefusals(admin: Redis): Promise<number> {
  const statistics = await admin.info("errorstats");
  return Number(/errorstat_NOPERM:count=(\d+)/.exec(statistics)?.[1] ?? 0);
}

async function enqueueIfPossible(producer: RunProducer, runId: string): Promise<void> {
  try {
    await producer.enqueue(runId);
  } catch (error) {
    if (!(error instanceof QueueError) || error.code !== "unavailable") throw error;
    return;
  }
}

interface GatedBackend {
  readonly backend: QueueBackend;
  close(): Promise<void>;
}

/** The same queue, reached through the gate. */
function openGated({ server }: TestQueue, port: number): GatedBackend {
  const url = new URL(server.url);
  url.hostname = "127.0.0.1";
  url.port = String(port);
  if (server.kind === "redis") {
    return { backend: { kind: "redis", url: url.href }, close: () => Promise.resolve() };
  }
  const pool = openQueuePool(url.href);
  return { backend: { kind: "postgres", pool }, close: () => pool.end() };
}
