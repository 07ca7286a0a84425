import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { removeJobAtOnce } from "@proxbox/pve-simulator";
import { storedInventory } from "./stored-inventory.ts";
import { type JobRow, type Lab, openLab } from "./sync-lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
});
afterAll(() => lab.close());

/** A cluster that no request for all endpoints includes: each test has its own. */
const small = { guests: 4, jobs: 4 };
const endpointsOf = ({ data }: JobRow) =>
  (data as { proxbox_sync: { response: { endpoints: Record<string, unknown>[] } } }).proxbox_sync.response
    .endpoints;
const errorsOf = ({ log_entries }: JobRow) =>
  log_entries.filter(({ level }) => level === "error").map(({ message }) => message);

/** Makes every write to a table fail until the work is over. */
async function withBrokenTable<T>(table: string, work: () => Promise<T>): Promise<T> {
  await lab.query(`create function refuse_${table}() returns trigger language plpgsql as
    $$ begin raise exception 'the disk of ${table} is full'; end $$`);
  await lab.query(`create trigger refuse before insert or update on ${table}
    for each statement execute function refuse_${table}()`);
  try {
    return await work();
  } finally {
    await lab.query(`drop function refuse_${table} cascade`);
  }
}

describe("a job says how each endpoint, stage and item ended", () => {
  test("completed, with counts", async () => {
    const cluster = await lab.cluster({ ...small, name: "counted" });
    const first = await cluster.sync();
    expect(first).toMatchObject({ status: "completed", error: "" });
    removeJobAtOnce(cluster.world, "100-0");
    const guest = cluster.world.guests.get(101);
    if (guest) guest.name = "renamed";
    const job = await cluster.sync();
    const counts = { created: 0, updated: 0, stale: 0, kept: 0, held: 0, errors: [], warnings: [] };
    expect(endpointsOf(job)).toEqual([
      {
        endpoint_id: cluster.endpointId,
        endpoint: "counted",
        status: "completed",
        error: "",
        runtime_seconds: expect.any(Number),
        stages: [
          { ...counts, stage: "devices", status: "completed", unchanged: 4 },
          { ...counts, stage: "storage", status: "completed", unchanged: 4 },
          { ...counts, stage: "virtual-machines", status: "completed", updated: 1, unchanged: 3 },
          { ...counts, stage: "replications", status: "completed", stale: 1, unchanged: 3 },
        ],
      },
    ]);
    expect(job.log_entries.map(({ level, message }) => `${level} ${message}`)).toContain(
      "info counted: replications completed: 0 created, 0 updated, 1 stale, 3 unchanged",
    );
  });

  test("errored, as one of two endpoints is broken, with the good one's work kept", async () => {
    const good = await lab.cluster({ ...small, name: "good" });
    const bad = await lab.cluster({ ...small, name: "bad" });
    bad.simulator.faults.add({ path: "/**", fault: { kind: "reset" } });
    const { jobId, runIds } = await lab.request([good.endpointId, bad.endpointId]);
    await Promise.all(runIds.map((runId) => lab.deliver(runId)));
    const job = await lab.job(jobId);
    expect(job.status).toBe("errored");
    expect(job.error).toMatch(/^bad: \/version: 127\.0\.0\.1:\d+ broke the connection off/);
    expect(endpointsOf(job)).toMatchObject([
      { endpoint: "good", status: "completed", error: "" },
      { endpoint: "bad", status: "errored", stages: [] },
    ]);
    expect(errorsOf(job)).toEqual([expect.stringMatching(/^bad: \/version: /)]);
    expect((await storedInventory(lab, good.endpointId)).replications).toHaveLength(4);
  });

  test("errored, as one item of one stage failed", async () => {
    const cluster = await lab.cluster({ ...small, name: "partly" });
    cluster.simulator.faults.add({
      path: "/nodes/pve2/replication",
      fault: { kind: "status", status: 596 },
    });
    const job = await cluster.sync();
    expect(job.status).toBe("errored");
    expect(job.error).toMatch(/^partly: replications: \/nodes\/pve2\/replication: Node pve2 could not/);
    expect(endpointsOf(job)[0]).toMatchObject({
      stages: [
        { stage: "devices", status: "completed" },
        { stage: "storage", status: "completed" },
        { stage: "virtual-machines", status: "completed" },
        { stage: "replications", status: "errored", created: 4 },
      ],
    });
  });

  test("errored, as PostgreSQL refuses what one stage writes; the others are stored", async () => {
    const cluster = await lab.cluster({ ...small, name: "full" });
    const job = await withBrokenTable("virtual_machine", cluster.sync);
    expect(job.status).toBe("errored");
    expect(job.error).toContain(
      "full: virtual-machines: virtual-machines: could not be stored: the disk of virtual_machine is full",
    );
    const stored = await storedInventory(lab, cluster.endpointId);
    expect(stored.guests).toEqual([]);
    expect(stored.storage).toHaveLength(4);
    expect(stored.replications).toHaveLength(4);
    expect(await cluster.sync()).toMatchObject({ status: "completed" });
  });

  test("failed, as the endpoint cannot be contacted as it is configured", async () => {
    const [nobody] = await lab.query<{ id: number }>(
      "insert into endpoint (name, domain, mode) values ('no credentials', '127.0.0.1', 'undefined') returning id",
    );
    const [nowhere] = await lab.query<{ id: number }>(
      "insert into endpoint (name, mode) values ('no domain', 'undefined') returning id",
    );
    expect(await lab.sync(nobody?.id ?? 0)).toMatchObject({
      status: "errored",
      error:
        "no credentials: The endpoint has no credentials. Give it token_name and token_value, or a password.",
    });
    expect(await lab.sync(nowhere?.id ?? 0)).toMatchObject({
      status: "errored",
      error: "no domain: The endpoint has no domain. Give it a host name or an address.",
    });
  });
});

describe("a job in which nothing ran is failed", () => {
  test("without any endpoint", async () => {
    const empty = await openLab();
    try {
      expect(await empty.sync(null)).toMatchObject({
        status: "failed",
        error: "Nothing ran: no endpoint is enabled. Add an endpoint, or enable one.",
      });
    } finally {
      await empty.close();
    }
  });

  test("with an endpoint that does not exist, or is disabled", async () => {
    const cluster = await lab.cluster({ ...small, name: "switched off" });
    await lab.query("update endpoint set enabled = false where id = $1", [cluster.endpointId]);
    const missing = await lab.sync(999_999);
    expect(missing).toMatchObject({ status: "failed" });
    expect(missing.error).toContain("999999");
    const disabled = await cluster.sync();
    expect(disabled).toMatchObject({ status: "failed" });
    expect(disabled.error).toMatch(/switched off|enabled/);
    expect(cluster.simulator.calls).toEqual([]);
  });

  test("with kinds of work that are not collected, and only those", async () => {
    const cluster = await lab.cluster({ ...small, name: "asked in vain" });
    const vain = await cluster.sync(["vm-disks", "sdn"]);
    expect(vain).toMatchObject({ status: "failed" });
    expect(vain.error).toMatch(/^Nothing ran: .*sdn.*vm-disks|^Nothing ran: .*vm-disks.*sdn/);
    const both = await cluster.sync(["vm-disks", "storage"]);
    expect(both).toMatchObject({ status: "completed" });
    expect(endpointsOf(both)[0]).toMatchObject({
      stages: [
        { stage: "devices", status: "completed" },
        { stage: "storage", status: "completed" },
        { stage: "vm-disks", status: "skipped", warnings: ["not collected by this version"] },
      ],
    });
  });
});

test("an endpoint that was asked for and did not run is not passed over in silence", async () => {
  const on = await lab.cluster({ ...small, name: "on" });
  const off = await lab.cluster({ ...small, name: "off" });
  await lab.query("update endpoint set enabled = false where id = $1", [off.endpointId]);
  const { jobId, runIds } = await lab.request([on.endpointId, off.endpointId, 999_999]);
  for (const runId of runIds) await lab.deliver(runId);
  const job = await lab.job(jobId);
  expect(job.status).toBe("failed");
  expect(endpointsOf(job)).toMatchObject([
    { endpoint: "on", status: "completed" },
    { endpoint: "off", status: "failed", error: "The endpoint is disabled. Enable it to sync it." },
    { endpoint: null, status: "failed", error: "There is no endpoint 999999." },
  ]);
});

describe("exactly once", () => {
  test("a delivery that comes again changes nothing and asks Proxmox nothing", async () => {
    const cluster = await lab.cluster(small);
    const { jobId, runIds } = await lab.request([cluster.endpointId]);
    const [runId = ""] = runIds;
    await lab.deliver(runId);
    const ended = await lab.job(jobId);
    cluster.simulator.forgetCalls();
    expect(await lab.deliver(runId)).toEqual({ kind: "done" });
    expect(await lab.job(jobId)).toEqual(ended);
    expect(cluster.simulator.calls).toEqual([]);
  });

  test("a job whose last runs end at the same moment", async () => {
    const clusters = await Promise.all([1, 2, 3, 4].map(() => lab.cluster(small)));
    for (let round = 0; round < 3; round += 1) {
      const { jobId, runIds } = await lab.request(clusters.map(({ endpointId }) => endpointId));
      expect(runIds).toHaveLength(4);
      await Promise.all(runIds.map((runId) => lab.deliver(runId)));
      const job = await lab.job(jobId);
      expect(job).toMatchObject({ status: "completed" });
      expect(job.log_entries).toHaveLength(16);
    }
  });

  test("equal requests that wait share one job, and a later one gets its own", async () => {
    const cluster = await lab.cluster(small);
    const one = await lab.request([cluster.endpointId]);
    const same = await lab.request([cluster.endpointId]);
    expect(same).toEqual({ jobId: one.jobId, created: false, runIds: [] });
    for (const runId of one.runIds) await lab.deliver(runId);
    const later = await lab.request([cluster.endpointId]);
    expect(later.created).toBe(true);
    expect(later.jobId).not.toBe(one.jobId);
    for (const runId of later.runIds) await lab.deliver(runId);
  });

  test("an endpoint deleted before its run", async () => {
    const cluster = await lab.cluster(small);
    const { jobId, runIds } = await lab.request([cluster.endpointId]);
    await lab.query("delete from endpoint where id = $1", [cluster.endpointId]);
    await lab.deliver(runIds[0] ?? "");
    expect(await lab.job(jobId)).toMatchObject({
      status: "failed",
      error: "deleted endpoint: The endpoint was deleted.",
    });
  });

  test("an endpoint deleted during its run", async () => {
    const cluster = await lab.cluster(small);
    cluster.simulator.faults.add({ path: "/cluster/replication", times: 1, fault: { kind: "hang" } });
    const { jobId, runIds } = await lab.request([cluster.endpointId]);
    const [runId = ""] = runIds;
    const delivery = lab.deliver(runId);
    await lab.until(() => cluster.simulator.faults.list()[0]?.hits === 1);
    await lab.query("delete from endpoint where id = $1", [cluster.endpointId]);
    expect(await delivery).toEqual({ kind: "done" });
    // The sweep finds the run unfinished, and hands it over again.
    expect(await lab.jobs.listUndelivered(0, 10)).toEqual([runId]);
    await lab.deliver(runId);
    expect(await lab.job(jobId)).toMatchObject({ status: "failed" });
  });
});

describe("what PostgreSQL could not take in is no end", () => {
  test("the run stays unfinished, and the next delivery does it", async () => {
    const cluster = await lab.cluster(small);
    const { jobId, runIds } = await lab.request([cluster.endpointId]);
    const [runId = ""] = runIds;
    await withBrokenTable("endpoint_observation", () =>
      expect(lab.deliver(runId)).rejects.toThrow("the disk of endpoint_observation is full"),
    );
    expect(await lab.job(jobId)).toMatchObject({ status: "running" });
    expect(Object.values(await storedInventory(lab, cluster.endpointId)).flat()).toEqual([]);
    await lab.deliver(runId);
    expect(await lab.job(jobId)).toMatchObject({ status: "completed" });
  });

  test("not for ever: the run is given up after five attempts, and says so", async () => {
    const cluster = await lab.cluster({ ...small, name: "cursed" });
    const { jobId, runIds } = await lab.request([cluster.endpointId]);
    const [runId = ""] = runIds;
    await withBrokenTable("endpoint_observation", async () => {
      for (let attempt = 1; attempt <= 5; attempt += 1) await expect(lab.deliver(runId)).rejects.toThrow();
      expect(await lab.deliver(runId)).toEqual({ kind: "done" });
    });
    const job = await lab.job(jobId);
    expect(job).toMatchObject({ status: "failed" });
    expect(job.error).toContain("cursed: Given up after 5 attempts");
    expect(await cluster.sync()).toMatchObject({ status: "completed" });
  });
});

test("PostgreSQL itself refuses a completed job with an error, and an end without its time", async () => {
  const { id } = await (await lab.cluster(small)).sync();
  await expect(lab.query("update job set error = 'but' where id = $1", [id])).rejects.toMatchObject({
    constraint: "job_never_completed_over_an_error",
  });
  await expect(lab.query("update job set completed = null where id = $1", [id])).rejects.toMatchObject({
    constraint: "job_end",
  });
});
