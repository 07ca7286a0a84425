import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createJobs, type Database, openDatabase } from "@proxbox/database";
import { DeliveryInterrupted } from "@proxbox/queue";
import { type FaultRule, removeJobAtOnce } from "@proxbox/pve-simulator";
import { storedInventory } from "./stored-inventory.ts";
import { type Lab, type LabCluster, openLab } from "./sync-lab.ts";

const small = { guests: 4, jobs: 4 };

let lab: Lab;
/** Another process, for all that a worker can know. */
let elsewhere: Database;
beforeAll(async () => {
  // The heartbeat of production, and a time-out that no test waits for.
  lab = await openLab({ heartbeatMs: 2_000, timeoutMs: 60_000 });
  elsewhere = await openDatabase({ url: lab.db.url, poolSize: 2 });
});
afterAll(async () => {
  await elsewhere.close();
  await lab.close();
});

async function requestOne({ endpointId }: LabCluster): Promise<{ jobId: number; runId: string }> {
  const { jobId, runIds } = await lab.request([endpointId]);
  return { jobId, runId: runIds[0] ?? "" };
}

const cancel = (jobId: number) => createJobs(elsewhere).cancel(jobId, "Cancelled by an operator.");

describe("a cancel from another process ends a run within five seconds", () => {
  const hang = { kind: "hang" } as const;
  const hanging: (FaultRule & { what: string; login?: "password"; vanish?: true })[] = [
    { what: "the first call", path: "/version", fault: hang },
    { what: "the login", path: "/access/ticket", method: "POST", login: "password", fault: hang },
    { what: "the middle of a list", path: "/nodes", fault: { kind: "hang", at: "mid-body" } },
    { what: "the identity", path: "/nodes/*/certificates/info", fault: hang },
    { what: "one node's state", path: "/nodes/pve2/replication", fault: hang },
    { what: "the configuration", path: "/cluster/replication", fault: hang },
    {
      what: "the tests of what vanished",
      path: "/access/permissions",
      when: ({ query }) => query["path"] !== undefined,
      vanish: true,
      fault: hang,
    },
    { what: "an answer that comes much later", path: "/storage", fault: { kind: "latency", ms: 60_000 } },
  ];

  test.concurrent.each(hanging)("as Proxmox hangs in $what", async ({ what, login, vanish, ...rule }) => {
    const cluster = await lab.cluster({ ...small, ...(login && { login }) });
    if (vanish) {
      await cluster.sync();
      removeJobAtOnce(cluster.world, "100-0");
    }
    const before = await storedInventory(lab, cluster.endpointId);
    const { jobId, runId } = await requestOne(cluster);
    const fault = cluster.simulator.faults.add(rule);
    const delivery = lab.deliver(runId);
    await lab.until(() => fault.hits > 0);
    const cancelledAt = performance.now();
    expect(await cancel(jobId)).toEqual({ status: "failed", cancelled: true, runIds: [runId] });
    expect(await delivery).toEqual({ kind: "done" });
    expect({ what, inTime: performance.now() - cancelledAt < 5_000 }).toEqual({ what, inTime: true });
    expect(await lab.job(jobId)).toMatchObject({ status: "failed", error: "Cancelled by an operator." });
    expect(await storedInventory(lab, cluster.endpointId)).toEqual(before);
    // Nothing is left behind at Proxmox, and the endpoint is free.
    await lab.until(() => cluster.simulator.calls.every(({ endedAt }) => endedAt !== null));
    cluster.simulator.faults.clear();
    expect(await cluster.sync()).toMatchObject({ status: "completed" });
  });

  test.concurrent("as it pauses before a retry", async () => {
    const cluster = await lab.cluster(small);
    await lab.query("update endpoint set max_retries = 10, retry_backoff = 60 where id = $1", [
      cluster.endpointId,
    ]);
    const { jobId, runId } = await requestOne(cluster);
    const fault = cluster.simulator.faults.add({ path: "/version", fault: { kind: "reset" } });
    const delivery = lab.deliver(runId);
    await lab.until(() => fault.hits > 0);
    const cancelledAt = performance.now();
    await cancel(jobId);
    await delivery;
    expect(performance.now() - cancelledAt).toBeLessThan(5_000);
    expect(await lab.job(jobId)).toMatchObject({ status: "failed", error: "Cancelled by an operator." });
  });
});

describe("a cancel", () => {
  test("of a job that waits lets none of its runs begin", async () => {
    const cluster = await lab.cluster(small);
    const { jobId, runId } = await requestOne(cluster);
    expect(await cancel(jobId)).toMatchObject({ cancelled: true, runIds: [runId] });
    expect(await lab.deliver(runId)).toEqual({ kind: "done" });
    expect(cluster.simulator.calls).toEqual([]);
  });

  test("of a job that has ended changes nothing", async () => {
    const cluster = await lab.cluster(small);
    const ended = await cluster.sync();
    expect(await cancel(ended.id)).toEqual({ status: "completed", cancelled: false, runIds: [] });
    expect(await lab.job(ended.id)).toEqual(ended);
  });

  test("of an unknown job is none", async () => {
    expect(await cancel(999_999)).toBeNull();
  });

  test("of a job half done keeps what its ended runs have stored", async () => {
    const [done, waiting] = [await lab.cluster(small), await lab.cluster(small)];
    const { jobId, runIds } = await lab.request([done.endpointId, waiting.endpointId]);
    await lab.deliver(runIds[0] ?? "");
    expect(await cancel(jobId)).toMatchObject({ cancelled: true, runIds: [runIds[1]] });
    expect(await lab.job(jobId)).toMatchObject({ status: "failed" });
    expect((await storedInventory(lab, done.endpointId)).replications).toHaveLength(4);
    const statuses = await lab.query("select status from job_run where job_id = $1 order by endpoint_id", [
      jobId,
    ]);
    expect(statuses).toEqual([{ status: "completed" }, { status: "failed" }]);
  });

  test("that comes while the worker writes waits for it, and comes too late", async () => {
    const cluster = await lab.cluster(small);
    const { jobId, runId } = await requestOne(cluster);
    const begun = await lab.runs.begin(runId);
    if (begun.kind !== "begun") throw new Error(`the run is ${begun.kind}`);
    let cancelling: ReturnType<typeof cancel> | undefined;
    await lab.runs.finish(begun, async () => {
      cancelling = cancel(jobId);
      await lab.until(async () => {
        const waiting = await lab.query(
          "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
        );
        return waiting.length > 0;
      });
      return { stages: [] };
    });
    expect(await cancelling).toMatchObject({ status: "completed", cancelled: false });
    expect(await lab.job(jobId)).toMatchObject({ status: "completed" });
  });

  test("repeated at the same moment from everywhere cancels once", async () => {
    const cluster = await lab.cluster(small);
    const { jobId } = await requestOne(cluster);
    const answers = await Promise.all(Array.from({ length: 6 }, () => cancel(jobId)));
    expect(answers.filter((answer) => answer?.cancelled)).toHaveLength(1);
    expect((await lab.job(jobId)).log_entries).toHaveLength(1);
  });
});

test("a shutdown hands a run back unfinished, and another worker does it at once", async () => {
  const cluster = await lab.cluster(small);
  const { jobId, runId } = await requestOne(cluster);
  const stopping = new AbortController();
  const fault = cluster.simulator.faults.add({
    path: "/cluster/resources",
    times: 1,
    fault: { kind: "hang" },
  });
  const delivery = lab.deliver(runId, stopping.signal);
  await lab.until(() => fault.hits > 0);
  stopping.abort(new DeliveryInterrupted("shutdown"));
  await expect(delivery).rejects.toMatchObject({ code: "shutdown" });
  expect(await lab.job(jobId)).toMatchObject({ status: "running" });
  expect(await lab.deliver(runId)).toEqual({ kind: "done" });
  expect(await lab.job(jobId)).toMatchObject({ status: "completed" });
  // A worker that was told to stop has not failed.
  expect(await lab.query("select attempts from job_run where id = $1", [runId])).toEqual([{ attempts: 1 }]);
});

test("a run that is done again after its worker died has the same outcome as once", async () => {
  const cluster = await lab.cluster(small);
  const twin = await lab.cluster(small);
  const undisturbed = await twin.sync();
  const { jobId, runId } = await requestOne(cluster);
  const stopping = new AbortController();
  for (const path of ["/version", "/nodes", "/cluster/replication"]) {
    const fault = cluster.simulator.faults.add({ path, times: 1, fault: { kind: "hang" } });
    const delivery = lab.deliver(runId, stopping.signal);
    await lab.until(() => fault.hits > 0);
    // The worker is dead: its lease runs out.
    await lab.query("update endpoint_lease set expires_at = clock_timestamp() where endpoint_id = $1", [
      cluster.endpointId,
    ]);
    void delivery.catch(() => undefined);
  }
  expect(await lab.deliver(runId)).toEqual({ kind: "done" });
  stopping.abort(new DeliveryInterrupted("shutdown"));
  expect(await lab.job(jobId)).toMatchObject({ status: "completed" });
  const [once, again] = await Promise.all(
    [twin, cluster].map(({ endpointId }) => storedInventory(lab, endpointId)),
  );
  const ids = (rows: { replication_id?: unknown }[]) => rows.map(({ replication_id }) => replication_id);
  expect(ids(again?.replications ?? [])).toEqual(ids(once?.replications ?? []));
  const changes = (id: number) =>
    lab.query(
      `select c.changed_object_type as type, c.action, count(*)::integer as count
       from object_change c join job j on j.job_id = c.request_id where j.id = $1 group by 1, 2 order by 1, 2`,
      [id],
    );
  expect(await changes(jobId)).toEqual(await changes(undisturbed.id));
  expect(await changes(jobId)).toContainEqual({
    type: "netbox_proxbox.replication",
    action: "create",
    count: 4,
  });
});
