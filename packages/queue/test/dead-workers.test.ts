import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { DeliveryOutcome } from "@proxbox/queue";
import type { TestQueue } from "@proxbox/testing";
import { available, openBench, until, type QueueBench } from "./queue-fixture.ts";

const done: DeliveryOutcome = { kind: "done" };
const impatient = { lockDurationMs: 1_000, stalledIntervalMs: 500 };

describe.each(available)("a worker process on $name", (backend) => {
  let queue: TestQueue;
  let bench: QueueBench;
  let worker: WorkerProcess;
  const runId = randomUUID();

  beforeEach(async () => {
    queue = await backend.open();
    bench = openBench(queue.backend, queue.queueName());
    worker = startWorkerProcess(queue, bench.queueName);
    await bench.producer().enqueue(runId);
    await until(() => worker.said.includes(`took ${runId}`), "the worker process takes the run");
  });
  afterEach(async () => {
    await worker.end();
    await bench.close();
    await queue.close();
  });

  test("that is killed loses its run to another worker, which counts no attempt", async () => {
    worker.child.kill("SIGKILL");
    const attempts: number[] = [];
    bench.consumer((_data, { attempt }) => {
      attempts.push(attempt);
      return Promise.resolve(done);
    }, impatient);
    await until(() => attempts.length > 0, "the second delivery");
    expect(attempts).toEqual([1]);
    expect(bench.lost).toEqual([]);
  });

  test("that is killed once too often loses its run for good, and that is reported", async () => {
    worker.child.kill("SIGKILL");
    const delivered: string[] = [];
    bench.consumer(
      (data) => {
        delivered.push(data.runId);
        return Promise.resolve(done);
      },
      { ...impatient, maxStalledCount: 0 },
    );
    await until(() => bench.lost.length > 0, "the report");
    expect(bench.lost).toMatchObject([{ runId, reason: "stalled" }]);
    expect(delivered).toEqual([]);
  });

  test("that was suspended hears that its run went to another worker", async () => {
    worker.child.kill("SIGSTOP");
    const delivered: string[] = [];
    bench.consumer((data) => {
      delivered.push(data.runId);
      return Promise.resolve(done);
    }, impatient);
    await until(() => delivered.length > 0, "the second delivery");
    worker.child.kill("SIGCONT");
    await until(() => worker.said.includes("interrupted lock-lost"), "the interruption");
    expect(delivered).toEqual([runId]);
    expect(worker.child.exitCode).toBeNull();
  });
});

interface WorkerProcess {
  readonly child: ChildProcess;
  /** Lines of its standard output. */
  readonly said: string[];
  end(): Promise<void>;
}

function startWorkerProcess({ server }: TestQueue, queueName: string): WorkerProcess {
  const script = fileURLToPath(new URL("worker-process.ts", import.meta.url));
  const flags = ["--conditions=@proxbox/source", `--import=${import.meta.resolve("tsx")}`];
  const parameters = [server.kind, server.url, queueName, ...Object.values(impatient).map(String)];
  const child = spawn(process.execPath, [...flags, script, ...parameters], {
    env: {},
    stdio: ["ignore", "pipe", "inherit"],
  });
  const said: string[] = [];
  child.stdout.setEncoding("utf8");
  child.stdout.on("data", (chunk: string) => said.push(...chunk.trimEnd().split("\n")));
  return {
    child,
    said,
    async end() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}
