import { env } from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { available, missing, openProcessLab, type ProcessLab, type StoredJob } from "./process-lab.ts";
import { changesOf, commentAll, served, stored } from "./process-outcome.ts";
import { until } from "./until.ts";

/** Kills at random points, for each backend. The long form: KILLS=50. */
const kills = Number(env["KILLS"] ?? 5);
const once: Partial<StoredJob> = { status: "completed", error: "", runStatus: "completed", endings: 1 };

/** A test may hang for this long; how long each of its waits may take, `until` says. */
const patienceMs = 180_000;
jest.setTimeout(patienceMs);

if (missing.length > 0) {
  test.skip.each(missing)("killed workers on $name: $missing", () => undefined);
}

describe.each(available)("workers whose queue is on $name", (backend) => {
  let lab: ProcessLab;
  beforeAll(async () => {
    lab = await openProcessLab(backend);
  });
  afterAll(() => lab.close());

  test("finish the run of one that is killed while it reads from Proxmox", async () => {
    await lab.workers(2);
    const endpoint = await lab.endpoint();
    endpoint.simulator.faults.add({ path: "/cluster/replication", times: 1, fault: { kind: "hang" } });
    const run = await lab.sync(endpoint);
    await until("the call that hangs", () =>
      endpoint.simulator.calls.some(({ path }) => path === "/cluster/replication"),
    );
    await (await lab.holder(run)).kill();
    const job = await lab.ended(run);
    expect(job).toMatchObject({ ...once, attempts: 2 });
    expect(await stored(lab, endpoint)).toEqual(served(endpoint));
    expect(await changesOf(lab, job)).toMatchObject({ replications: 16, doubled: 0 });
  });

  test("finish the run of one that is killed in the middle of its writing transaction", async () => {
    await lab.workers(2);
    const endpoint = await lab.endpoint();
    const table = await lab.lockTable("replication");
    const run = await lab.sync(endpoint);
    await table.isWaitedFor();
    await (await lab.holder(run)).kill();
    expect(await stored(lab, endpoint)).toMatchObject({ guests: [], replications: [] });
    await table.release();
    const job = await lab.ended(run);
    expect(job).toMatchObject({ ...once, attempts: 2 });
    expect(await stored(lab, endpoint)).toEqual(served(endpoint));
    expect(await changesOf(lab, job)).toMatchObject({ replications: 16, doubled: 0 });
  });

  test(
    `lose and double nothing, whenever one of them is killed (${kills} times)`,
    async () => {
      const endpoint = await lab.endpoint({ guests: 60, jobs: 100 });
      await lab.workers(2);
      let usualMs = 0;
      // The first sync of a process is slower than those that follow.
      for (const comment of ["first", "second", "third"]) {
        commentAll(endpoint, comment);
        const begin = performance.now();
        await lab.ended(await lab.sync(endpoint));
        usualMs = performance.now() - begin;
      }
      for (let kill = 1; kill <= kills; kill += 1) {
        commentAll(endpoint, `round ${kill}`);
        const run = await lab.sync(endpoint);
        const afterMs = Math.random() * usualMs;
        await delay(afterMs);
        const workers = lab.runningWorkers();
        const holder = workers.find(({ logged }) => logged.some(({ runId }) => runId === run.runId));
        await (holder ?? workers[0])?.kill();
        lab.start("sync-worker");
        const round = { kill, afterMs };
        const job = await lab.ended(run);
        expect({ round, ...job }).toMatchObject({ round, ...once });
        expect(job.attempts).toBeLessThanOrEqual(2);
        expect({ round, stored: await stored(lab, endpoint) }).toEqual({ round, stored: served(endpoint) });
        expect({ round, ...(await changesOf(lab, job)) }).toEqual({
          round,
          entries: 100,
          replications: 100,
          doubled: 0,
        });
      }
    },
    patienceMs + kills * 10_000,
  );

  test("give up a run that kills every one of them", async () => {
    await lab.workers(2);
    lab.start("scheduler");
    const endpoint = await lab.endpoint();
    endpoint.simulator.faults.add({ path: "/version", fault: { kind: "hang" } });
    const run = await lab.sync(endpoint);
    for (let death = 1; death <= 5; death += 1) {
      const holder = await lab.holder(run);
      await until("its first call", () => endpoint.simulator.calls.length === death);
      if (death < 5) lab.start("sync-worker");
      await holder.kill();
    }
    const job = await lab.ended(run);
    expect(job).toMatchObject({ status: "failed", runStatus: "failed", attempts: 5 });
    expect(job.error).toContain("Given up after 5 attempts");
    expect(endpoint.simulator.calls).toHaveLength(5);
    expect(await stored(lab, endpoint)).toMatchObject({ nodes: [], replications: [] });
  });
});
