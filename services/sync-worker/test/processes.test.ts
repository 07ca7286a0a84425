import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import {
  available,
  type LabEndpoint,
  missing,
  openProcessLab,
  type ProcessLab,
  type RequestedRun,
  type StoredJob,
} from "./process-lab.ts";
import { changesOf, commentAll, served, stored } from "./process-outcome.ts";
import type { ServiceProcess } from "./service-process.ts";
import { until } from "./until.ts";

/** A test may hang for this long; how long each of its waits may take, `until` says. */
jest.setTimeout(180_000);

if (missing.length > 0) {
  test.skip.each(missing)("processes on $name: $missing", () => undefined);
}

/** Each test goes on with the processes that the one before left. */
describe.each(available)("processes whose queue is on $name", (backend) => {
  /** With the settings that production has by default. */
  const patient = { LEASE_MS: "10000", HEARTBEAT_MS: "2000", DRAIN_MS: "20000" };
  let lab: ProcessLab;
  beforeAll(async () => {
    lab = await openProcessLab(backend);
  });
  afterEach(() => lab.resumeProcesses());
  afterAll(() => lab.close());

  async function expectWhole(endpoint: LabEndpoint, job: StoredJob): Promise<void> {
    expect(job).toMatchObject({ status: "completed", error: "", runStatus: "completed", endings: 1 });
    expect(await stored(lab, endpoint)).toEqual(served(endpoint));
    expect(await changesOf(lab, job)).toMatchObject({ replications: 16, doubled: 0 });
  }

  /** How a worker's part in a run ended, once it has. */
  const partIn = ({ runId }: RequestedRun, { logged }: ServiceProcess): Promise<string> =>
    until("the worker leaves the run", () => {
      const ends = ["run ended", "run failed", "run given up", "run interrupted"];
      return logged.find((line) => line.runId === runId && ends.includes(line.message))?.message;
    });

  const isCalled = ({ simulator }: LabEndpoint, call: string, times = 1): Promise<boolean> =>
    until(
      `call ${times} of ${call}`,
      () => simulator.calls.filter(({ path }) => path === call).length === times,
    );

  test("a job waits while there is no worker, and the first one that starts does it", async () => {
    const endpoint = await lab.endpoint();
    const run = await lab.sync(endpoint);
    const [worker] = await lab.workers(1, patient);
    await expectWhole(endpoint, await lab.ended(run));
    expect(worker?.logged.filter(({ runId }) => runId === run.runId)).not.toEqual([]);
  });

  test("a cancel frees a worker that waits for Proxmox within five seconds", async () => {
    const [silent, next] = [await lab.endpoint(), await lab.endpoint()];
    silent.simulator.faults.add({ path: "/version", fault: { kind: "hang" } });
    const cancelled = await lab.sync(silent);
    await isCalled(silent, "/version");
    const run = await lab.sync(next);
    await lab.jobs.cancel(cancelled.jobId, "Cancelled via API.");
    const end = await lab.job(cancelled.jobId);
    expect(end).toMatchObject({ status: "failed", error: "Cancelled via API.", runStatus: "failed" });
    await expectWhole(next, await lab.ended(run, 5_000));
    expect(silent.simulator.calls).toMatchObject([{ path: "/version", endedAt: expect.any(Number) }]);
    expect(await lab.job(cancelled.jobId)).toEqual(end);
    expect(await stored(lab, silent)).toMatchObject({ nodes: [], guests: [] });
  });

  test("a run that never reached the queue is swept into it", async () => {
    const endpoint = await lab.endpoint();
    const run = await lab.request(endpoint);
    lab.start("scheduler");
    await expectWhole(endpoint, await lab.ended(run));
  });

  test("what the queue loses is done all the same, whether it waited or was under way", async () => {
    const [begun, waiting] = [await lab.endpoint(), await lab.endpoint()];
    begun.simulator.faults.add({ path: "/cluster/status", times: 1, fault: { kind: "hang" } });
    const runUnderWay = await lab.sync(begun);
    await isCalled(begun, "/cluster/status");
    const waitingRun = await lab.sync(waiting);
    await lab.loseQueue();
    await expectWhole(begun, await lab.ended(runUnderWay));
    await expectWhole(waiting, await lab.ended(waitingRun));
  });

  test("a worker that is told to stop ends its run first", async () => {
    await lab.stopScheduler();
    const endpoint = await lab.endpoint();
    const latency = { kind: "latency", ms: 1_000 } as const;
    endpoint.simulator.faults.add({ path: "/cluster/replication", times: 1, fault: latency });
    const run = await lab.sync(endpoint);
    await isCalled(endpoint, "/cluster/replication");
    const worker = await lab.holder(run);
    worker.send("SIGTERM");
    expect(await worker.exited).toBe(0);
    const job = await lab.job(run.jobId);
    expect(job.attempts).toBe(1);
    await expectWhole(endpoint, job);
  });

  test("a run that outlasts the drain time is handed to another worker, and has spent no attempt", async () => {
    await lab.workers(2, { DRAIN_MS: "300", LEASE_MS: "1500" });
    const endpoint = await lab.endpoint();
    endpoint.simulator.faults.add({ path: "/cluster/replication", times: 1, fault: { kind: "hang" } });
    const run = await lab.sync(endpoint);
    await isCalled(endpoint, "/cluster/replication");
    const worker = await lab.holder(run);
    worker.send("SIGTERM");
    expect(await worker.exited).toBe(0);
    const job = await lab.ended(run);
    expect(job.attempts).toBe(1);
    await expectWhole(endpoint, job);
  });

  test("a worker that wakes up after its lease cannot write what it had read", async () => {
    await lab.workers(2);
    const endpoint = await lab.endpoint();
    commentAll(endpoint, "read before");
    // The last call of a run is the second look at the rights; its answer waits for the suspended worker.
    const latency = { kind: "latency", ms: 500 } as const;
    endpoint.simulator.faults.add({ path: "/access/permissions", skip: 1, times: 1, fault: latency });
    const run = await lab.sync(endpoint);
    await isCalled(endpoint, "/access/permissions", 2);
    const late = await lab.holder(run);
    late.send("SIGSTOP");
    commentAll(endpoint, "read after");
    const job = await lab.ended(run);
    await until("the answer waits", () => endpoint.simulator.calls.every(({ endedAt }) => endedAt !== null));
    late.send("SIGCONT");
    expect(await partIn(run, late)).toMatch(/^run (given up|interrupted)$/);
    expect(await lab.job(run.jobId)).toEqual(job);
    expect(job.attempts).toBe(2);
    await expectWhole(endpoint, job);
  });

  test("a worker that is suspended in the middle of its writing transaction holds nobody up", async () => {
    await lab.workers(2);
    const endpoint = await lab.endpoint();
    commentAll(endpoint, "read before");
    const table = await lab.lockTable("replication");
    const run = await lab.sync(endpoint);
    await table.isWaitedFor();
    const late = await lab.holder(run);
    late.send("SIGSTOP");
    commentAll(endpoint, "read after");
    await table.release();
    const job = await lab.ended(run);
    late.send("SIGCONT");
    expect(await partIn(run, late)).toBe("run interrupted");
    expect(await lab.job(run.jobId)).toEqual(job);
    expect(job.attempts).toBe(2);
    await expectWhole(endpoint, job);
    expect(late.isRunning()).toBe(true);
  });

  test("a cancel and a heartbeat that come while a run is being written wait for its end", async () => {
    await lab.workers(1);
    const endpoint = await lab.endpoint();
    const table = await lab.lockTable("replication");
    const run = await lab.sync(endpoint);
    await table.isWaitedFor();
    const cancelling = lab.jobs.cancel(run.jobId, "Cancelled via API.");
    await until("both wait", async () => (await lab.waitingForLeases()) === 2);
    await table.release();
    expect(await cancelling).toMatchObject({ status: "completed", cancelled: false });
    await expectWhole(endpoint, await lab.ended(run));
    await until("nobody waits", async () => (await lab.waitingForLeases()) === 0);
    expect(await lab.isFree(endpoint)).toBe(true);
  });
});
