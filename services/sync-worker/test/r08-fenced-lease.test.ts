import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { BegunRun } from "@proxbox/database";
import { storedInventory } from "./stored-inventory.ts";
import { type Lab, openLab } from "./sync-lab.ts";

const leaseMs = 1_500;
const small = { guests: 4, jobs: 4 };

let lab: Lab;
beforeAll(async () => {
  lab = await openLab({ leaseMs, heartbeatMs: 100 });
});
afterAll(() => lab.close());

async function begin(runId: string, { runs }: Pick<Lab, "runs"> = lab): Promise<BegunRun> {
  const beginning = await runs.begin(runId);
  if (beginning.kind !== "begun") throw new Error(`the run is ${beginning.kind}`);
  return beginning;
}

async function requestOne(endpointId: number): Promise<{ jobId: number; runId: string }> {
  const { jobId, runIds } = await lab.request([endpointId]);
  return { jobId, runId: runIds[0] ?? "" };
}

/** The worker shows no life for so long that its lease has run out. */
async function letLeaseRunOut(endpointId: number): Promise<void> {
  await lab.query("update endpoint_lease set expires_at = clock_timestamp() where endpoint_id = $1", [
    endpointId,
  ]);
}

/** Waits until a connection of this database waits for a lock that another one holds. */
async function somebodyWaits(): Promise<void> {
  await lab.until(async () => {
    const waiting = await lab.query(
      "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    return waiting.length > 0;
  });
}

const report = { stages: [] };

describe("one run per endpoint at a time", () => {
  test("a second delivery of a run under way waits, and changes nothing", async () => {
    const cluster = await lab.cluster(small);
    const { jobId, runId } = await requestOne(cluster.endpointId);
    cluster.simulator.faults.add({ path: "/storage", times: 1, fault: { kind: "latency", ms: 400 } });
    const first = lab.deliver(runId);
    await lab.until(() => cluster.simulator.faults.list()[0]?.hits === 1);
    expect(await lab.deliver(runId)).toEqual({ kind: "later", delayMs: 1000 });
    expect(await first).toEqual({ kind: "done" });
    expect(await lab.job(jobId)).toMatchObject({ status: "completed" });
    expect(await lab.query("select attempts from job_run where id = $1", [runId])).toEqual([{ attempts: 1 }]);
  });

  test("another job's run on the same endpoint waits until the first has ended", async () => {
    const cluster = await lab.cluster(small);
    const first = await requestOne(cluster.endpointId);
    const begun = await begin(first.runId);
    const { runIds } = await lab.request([cluster.endpointId], ["devices"]);
    const [second = ""] = runIds;
    expect(await lab.runs.begin(second)).toEqual({ kind: "busy" });
    await lab.runs.finish(begun, () => Promise.resolve(report));
    expect(await lab.deliver(second)).toEqual({ kind: "done" });
  });

  test("of ten deliveries at the same moment one begins", async () => {
    const cluster = await lab.cluster(small);
    for (let round = 0; round < 5; round += 1) {
      const { runId } = await requestOne(cluster.endpointId);
      const beginnings = await Promise.all(Array.from({ length: 10 }, () => lab.runs.begin(runId)));
      const kinds = beginnings.map(({ kind }) => kind).toSorted();
      expect(kinds).toEqual(["begun", ...Array.from({ length: 9 }, () => "busy")]);
      const begun = beginnings.find((beginning) => beginning.kind === "begun");
      if (begun) await lab.runs.finish(begun, () => Promise.resolve(report));
    }
  });

  test("endpoints do not wait for each other", async () => {
    const [one, other] = [await lab.cluster(small), await lab.cluster(small)];
    const { runId } = await requestOne(one.endpointId);
    const begun = await begin(runId);
    expect(await other.sync()).toMatchObject({ status: "completed" });
    await lab.runs.finish(begun, () => Promise.resolve(report));
  });
});

describe("a worker that lost its lease", () => {
  test("cannot write, end, fail, renew or give back anything", async () => {
    const cluster = await lab.cluster(small);
    await cluster.sync();
    const before = await storedInventory(lab, cluster.endpointId);
    const { jobId, runId } = await requestOne(cluster.endpointId);
    const late = await begin(runId);
    await letLeaseRunOut(cluster.endpointId);
    const winner = await begin(runId);
    expect(winner.lease.token).not.toBe(late.lease.token);

    expect(await lab.runs.renew(late.lease)).toBe(false);
    const writing = lab.runs.finish(late, async (writer) => {
      const [row] = await writer.stored("guests");
      if (row) await writer.merge("guests", [{ ...row.row, name: "written too late" }], null);
      return report;
    });
    await expect(writing).rejects.toMatchObject({ code: "lease-lost" });
    const failing = lab.runs.fail(late, { code: "unreachable", message: "too late" });
    await expect(failing).rejects.toMatchObject({ code: "lease-lost" });
    await lab.runs.release(late.lease, { interrupted: true });

    expect(await storedInventory(lab, cluster.endpointId)).toEqual(before);
    expect(await lab.job(jobId)).toMatchObject({ status: "running", error: "" });
    expect(await lab.runs.renew(winner.lease)).toBe(true);
    await lab.runs.finish(winner, () => Promise.resolve(report));
    expect(await lab.job(jobId)).toMatchObject({ status: "completed" });
  });

  test("that was frozen while it fetched writes nothing of what it saw", async () => {
    // A worker without heartbeat: as far as anyone can see it is stopped.
    const frozen = lab.worker({ heartbeatMs: 60_000 });
    const cluster = await lab.cluster(small);
    await cluster.sync();
    const guest = cluster.world.guests.get(100);
    if (!guest) throw new Error("the world has no guest 100");
    guest.name = "seen-by-the-frozen";
    const { jobId, runId } = await requestOne(cluster.endpointId);
    const slow = { path: "/storage", times: 1, fault: { kind: "latency", ms: 600 } } as const;
    const fault = cluster.simulator.faults.add(slow);
    const late = frozen(runId);
    await lab.until(() => fault.hits === 1);
    guest.name = "seen-by-the-living";
    await letLeaseRunOut(cluster.endpointId);
    expect(await lab.deliver(runId)).toEqual({ kind: "done" });
    const after = await storedInventory(lab, cluster.endpointId);
    expect(after.guests[0]).toMatchObject({ name: "seen-by-the-living" });
    const ended = await lab.job(jobId);
    expect(ended).toMatchObject({ status: "completed" });
    expect(await late).toEqual({ kind: "done" });
    expect(await storedInventory(lab, cluster.endpointId)).toEqual(after);
    expect(await lab.job(jobId)).toEqual(ended);
  });

  test("and whose endpoint broke meanwhile gives up quietly", async () => {
    const frozen = lab.worker({ heartbeatMs: 60_000 });
    const cluster = await lab.cluster(small);
    const { jobId, runId } = await requestOne(cluster.endpointId);
    const { faults } = cluster.simulator;
    faults.add({ path: "/version", times: 1, fault: { kind: "latency", ms: 400 } });
    faults.add({ path: "/version", times: 1, fault: { kind: "status", status: 500 } });
    const late = frozen(runId);
    await lab.until(() => faults.list()[0]?.hits === 1);
    await letLeaseRunOut(cluster.endpointId);
    await lab.deliver(runId);
    const ended = await lab.job(jobId);
    expect(ended).toMatchObject({ status: "completed" });
    expect(await late).toEqual({ kind: "done" });
    expect(await lab.job(jobId)).toEqual(ended);
  });

  test("stops by itself within a heartbeat", async () => {
    const cluster = await lab.cluster(small);
    const { runId } = await requestOne(cluster.endpointId);
    cluster.simulator.faults.add({ path: "/nodes", times: 1, fault: { kind: "hang" } });
    const late = lab.deliver(runId);
    await lab.until(() => cluster.simulator.faults.list()[0]?.hits === 1);
    await lab.query("update endpoint_lease set token = token + 1 where endpoint_id = $1", [
      cluster.endpointId,
    ]);
    expect(await late).toEqual({ kind: "done" });
    expect(cluster.simulator.calls.at(-1)).toMatchObject({ path: "/nodes", status: null });
  });
});

describe("a lease", () => {
  test("of a living worker is kept as long as a call takes", async () => {
    const cluster = await lab.cluster(small);
    const { jobId, runId } = await requestOne(cluster.endpointId);
    cluster.simulator.faults.add({
      path: "/version",
      times: 1,
      fault: { kind: "latency", ms: leaseMs + 400 },
    });
    const running = lab.deliver(runId);
    await lab.until(() => cluster.simulator.faults.list()[0]?.hits === 1);
    const deadline = Date.now() + leaseMs + 200;
    await lab.until(async () => {
      expect(await lab.runs.begin(runId)).toEqual({ kind: "busy" });
      return Date.now() > deadline;
    });
    await running;
    expect(await lab.job(jobId)).toMatchObject({ status: "completed" });
    expect(await lab.query("select attempts from job_run where id = $1", [runId])).toEqual([{ attempts: 1 }]);
  });

  test("is free at once when a run ends, also for a heartbeat that comes a moment too late", async () => {
    const cluster = await lab.cluster(small);
    const { runId } = await requestOne(cluster.endpointId);
    const begun = await begin(runId);
    let heartbeat: Promise<boolean> | undefined;
    await lab.runs.finish(begun, async () => {
      // It waits for the row that the writing transaction holds.
      heartbeat = lab.runs.renew(begun.lease);
      await somebodyWaits();
      return report;
    });
    expect(await heartbeat).toBe(false);
    const next = await requestOne(cluster.endpointId);
    await lab.runs.finish(await begin(next.runId), () => Promise.resolve(report));
  });

  test("is waited for by a second delivery that comes while the first one writes", async () => {
    const cluster = await lab.cluster(small);
    const { jobId, runId } = await requestOne(cluster.endpointId);
    const begun = await begin(runId);
    let second: Promise<unknown> | undefined;
    await lab.runs.finish(begun, async () => {
      second = lab.runs.begin(runId);
      await somebodyWaits();
      return report;
    });
    expect(await second).toEqual({ kind: "ended" });
    expect(await lab.job(jobId)).toMatchObject({ status: "completed" });
    // And the one that came in vain did not keep it.
    const next = await requestOne(cluster.endpointId);
    await lab.runs.finish(await begin(next.runId), () => Promise.resolve(report));
  });

  test("comes free when its worker is stopped in the middle of writing", async () => {
    const cluster = await lab.cluster(small);
    const { jobId, runId } = await requestOne(cluster.endpointId);
    const begun = await begin(runId);
    let thaw: () => void = () => undefined;
    const stopped = new Promise<void>((resolve) => (thaw = resolve));
    const writing = lab.runs.finish(begun, async (writer) => {
      await writer.virtualizationCluster("written by the stopped worker");
      await stopped;
      return report;
    });
    const outcome = writing.then(
      () => "written",
      () => "refused",
    );
    const winner = await begin(runId);
    thaw();
    expect(await outcome).toBe("refused");
    await lab.runs.finish(winner, () => Promise.resolve(report));
    expect(await lab.job(jobId)).toMatchObject({ status: "completed" });
    expect((await storedInventory(lab, cluster.endpointId)).virtualizationClusters).toEqual([]);
  });

  test("of the last attempt that lives is not taken by the giving up", async () => {
    const cluster = await lab.cluster(small);
    const { jobId, runId } = await requestOne(cluster.endpointId);
    await lab.query("update job_run set attempts = 4 where id = $1", [runId]);
    const fifth = await begin(runId);
    expect(await lab.runs.begin(runId)).toEqual({ kind: "busy" });
    await lab.runs.finish(fifth, () => Promise.resolve(report));
    expect(await lab.job(jobId)).toMatchObject({ status: "completed" });
  });
});
