import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { type BegunRun, createRuns, LeaseLost } from "../src/index.ts";
import { badReport, goodReport, type JobFixture, openJobFixture, until } from "./job-fixture.ts";
import { nodeRow } from "./sync-fixture.ts";

let fixture: JobFixture;
let endpointId: number;
beforeAll(async () => {
  fixture = await openJobFixture({ maxAttempts: 3 });
});
afterAll(() => fixture.close());
beforeEach(async () => {
  endpointId = await fixture.addEndpoint("pve");
});

const good = () => Promise.resolve(goodReport);
const secondsLeft = async () =>
  (
    await fixture.only<{ left: number }>(
      `select extract(epoch from expires_at - clock_timestamp())::double precision as left from endpoint_lease
       where endpoint_id = $1`,
      [endpointId],
    )
  ).left;

describe("begin", () => {
  test("takes the lease of the endpoint, and makes run and job running", async () => {
    const { jobId, runId } = await fixture.requestOn(endpointId);
    const begun = await fixture.begin(runId);
    const job = await fixture.job(jobId);
    expect(begun).toMatchObject({
      lease: { runId, jobId, endpointId, token: "1" },
      endpoint: { id: endpointId, name: "pve" },
      syncTypes: ["all"],
      author: { userId: null, userName: "proxbox-sync", requestId: job.job_id },
    });
    expect(job).toMatchObject({ status: "running", completed: null });
    expect(await fixture.run(runId)).toMatchObject({ status: "running", attempts: 1, completed: null });
    expect(await secondsLeft()).toBeGreaterThan(50);
  });

  test("of an ended or unknown run says that there is nothing to do", async () => {
    const { jobId, runId } = await fixture.requestOn(endpointId);
    await fixture.runs.finish(await fixture.begin(runId), good);
    const before = [await fixture.run(runId), await fixture.job(jobId)];
    expect(await fixture.runs.begin(runId)).toEqual({ kind: "ended" });
    expect([await fixture.run(runId), await fixture.job(jobId)]).toEqual(before);
    expect(await fixture.runs.begin(randomUUID())).toEqual({ kind: "ended" });
  });

  test("of a run that another delivery does is busy and changes nothing", async () => {
    const { runId } = await fixture.requestOn(endpointId);
    const begun = await fixture.begin(runId);
    expect(await fixture.runs.begin(runId)).toEqual({ kind: "busy" });
    expect(await fixture.run(runId)).toMatchObject({ attempts: 1 });
    expect(await fixture.runs.renew(begun.lease)).toBe(true);
  });

  test("of another run of the same endpoint is busy; of another endpoint it is not", async () => {
    await fixture.begin((await fixture.requestOn(endpointId)).runId);
    const waiting = await fixture.requestOn(endpointId);
    expect(await fixture.runs.begin(waiting.runId)).toEqual({ kind: "busy" });
    expect(await fixture.run(waiting.runId)).toMatchObject({ status: "pending", attempts: 0 });
    const other = await fixture.requestOn(await fixture.addEndpoint("other"));
    expect(await fixture.runs.begin(other.runId)).toMatchObject({ kind: "begun" });
  });

  test("by ten workers at once begins once", async () => {
    const { runId } = await fixture.requestOn(endpointId);
    const beginnings = await Promise.all(Array.from({ length: 10 }, () => fixture.runs.begin(runId)));
    expect(beginnings.map(({ kind }) => kind).toSorted()).toEqual(
      ["begun", ...Array<string>(9).fill("busy")].toSorted(),
    );
    expect(await fixture.run(runId)).toMatchObject({ attempts: 1 });
  });

  test("of two runs of an endpoint at once begins one", async () => {
    const runIds = [(await fixture.requestOn(endpointId)).runId];
    await fixture.query("update job set request_key = job_id::text where status = 'pending'");
    runIds.push((await fixture.requestOn(endpointId)).runId);
    const beginnings = await Promise.all(runIds.map((runId) => fixture.runs.begin(runId)));
    expect(beginnings.map(({ kind }) => kind).toSorted()).toEqual(["begun", "busy"]);
  });

  test("takes a run over when its lease ran out by the database's clock, with a raised token", async () => {
    const { runId } = await fixture.requestOn(endpointId);
    const first = await fixture.begin(runId);
    await fixture.expireLease(endpointId);
    const second = await fixture.begin(runId);
    expect(BigInt(second.lease.token)).toBeGreaterThan(BigInt(first.lease.token));
    expect(await fixture.run(runId)).toMatchObject({ status: "running", attempts: 2 });
    expect(await fixture.runs.renew(first.lease)).toBe(false);
    expect(await fixture.runs.renew(second.lease)).toBe(true);
  });

  test("leaves a dead run's endpoint to that very run, so that none stays running for ever", async () => {
    const dead = await fixture.requestOn(endpointId);
    await fixture.begin(dead.runId);
    const waiting = await fixture.requestOn(endpointId);
    await fixture.expireLease(endpointId);
    expect(await fixture.runs.begin(waiting.runId)).toEqual({ kind: "busy" });
    await fixture.runs.finish(await fixture.begin(dead.runId), good);
    expect(await fixture.runs.begin(waiting.runId)).toMatchObject({ kind: "begun" });
  });

  test("gives a run up in words when its attempts are spent", async () => {
    const { jobId, runId } = await fixture.requestOn(endpointId);
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      await fixture.begin(runId);
      await fixture.expireLease(endpointId);
    }
    expect(await fixture.runs.begin(runId)).toEqual({ kind: "ended" });
    const error =
      "Given up after 3 attempts: each worker that began this run stopped before its end. See the workers' logs.";
    expect(await fixture.run(runId)).toMatchObject({ status: "failed", attempts: 3, error });
    expect(await fixture.job(jobId)).toMatchObject({ status: "failed", error: `pve: ${error}` });
    expect(await fixture.runs.begin((await fixture.requestOn(endpointId)).runId)).toMatchObject({
      kind: "begun",
    });
  });

  test("delivered again during the last attempt, or after a disable, leaves the living worker alone", async () => {
    const { runId } = await fixture.requestOn(endpointId);
    await fixture.query("update job_run set attempts = 2 where id = $1", [runId]);
    const last = await fixture.begin(runId);
    expect(await fixture.runs.begin(runId)).toEqual({ kind: "busy" });
    await fixture.query("update endpoint set enabled = false where id = $1", [endpointId]);
    expect(await fixture.runs.begin(runId)).toEqual({ kind: "busy" });
    await fixture.runs.finish(last, good);
    expect(await fixture.run(runId)).toMatchObject({ status: "completed", attempts: 3 });
  });

  test("of a disabled endpoint fails the run with what to do about it", async () => {
    const { jobId, runId } = await fixture.requestOn(endpointId);
    await fixture.query("update endpoint set enabled = false where id = $1", [endpointId]);
    expect(await fixture.runs.begin(runId)).toEqual({ kind: "ended" });
    expect(await fixture.job(jobId)).toMatchObject({
      status: "failed",
      error: "pve: The endpoint is disabled. Enable it to sync it.",
    });
    await fixture.query("update endpoint set enabled = true where id = $1", [endpointId]);
    expect(await fixture.runs.begin((await fixture.requestOn(endpointId)).runId)).toMatchObject({
      kind: "begun",
    });
  });

  test("of a deleted endpoint fails the run", async () => {
    const { jobId, runId } = await fixture.requestOn(endpointId);
    await fixture.query("delete from endpoint where id = $1", [endpointId]);
    expect(await fixture.runs.begin(runId)).toEqual({ kind: "ended" });
    expect(await fixture.job(jobId)).toMatchObject({
      status: "failed",
      error: "deleted endpoint: The endpoint was deleted.",
    });
  });

  test("of a run whose endpoint was deleted under its worker fails it too, and the worker writes nothing", async () => {
    const { jobId, runId } = await fixture.requestOn(endpointId);
    const begun = await fixture.begin(runId);
    await fixture.query("delete from endpoint where id = $1", [endpointId]);
    expect(await fixture.runs.renew(begun.lease)).toBe(false);
    await expect(fixture.runs.finish(begun, good)).rejects.toThrow(LeaseLost);
    expect(await fixture.runs.begin(runId)).toEqual({ kind: "ended" });
    expect(await fixture.job(jobId)).toMatchObject({ status: "failed" });
  });
});

describe("renew", () => {
  test("moves the end of the lease on", async () => {
    const { lease } = await fixture.begin((await fixture.requestOn(endpointId)).runId);
    await fixture.query(
      "update endpoint_lease set expires_at = clock_timestamp() + interval '1 s' where endpoint_id = $1",
      [endpointId],
    );
    expect(await fixture.runs.renew(lease)).toBe(true);
    expect(await secondsLeft()).toBeGreaterThan(50);
  });

  test("revives a lease that ran out and that nobody took", async () => {
    const begun = await fixture.begin((await fixture.requestOn(endpointId)).runId);
    await fixture.expireLease(endpointId);
    expect(await fixture.runs.renew(begun.lease)).toBe(true);
    expect(await fixture.runs.finish(begun, good)).toEqual(goodReport);
  });

  test("after the end of the run does not take the endpoint back", async () => {
    const begun = await fixture.begin((await fixture.requestOn(endpointId)).runId);
    await fixture.runs.finish(begun, good);
    expect(await fixture.runs.renew(begun.lease)).toBe(false);
    expect(await secondsLeft()).toBeLessThanOrEqual(0);
  });
});

describe("finish", () => {
  const writeNode = (name: string) =>
    ((writer) => writer.merge("nodes", [nodeRow(name)], null).then(() => goodReport)) satisfies Parameters<
      typeof fixture.runs.finish
    >[1];
  const nodeNames = async () => (await fixture.rows("proxmox_node", endpointId)).map(({ name }) => name);

  test("writes, ends run and job with the report, and gives the endpoint back", async () => {
    const { jobId, runId } = await fixture.requestOn(endpointId);
    expect(await fixture.runs.finish(await fixture.begin(runId), writeNode("pve1"))).toEqual(goodReport);
    expect(await nodeNames()).toEqual(["pve1"]);
    const run = await fixture.run(runId);
    expect(run).toMatchObject({ status: "completed", error: "", result: goodReport });
    expect(run.completed).not.toBeNull();
    expect(await fixture.job(jobId)).toMatchObject({ status: "completed", error: "" });
    expect(await fixture.runs.begin((await fixture.requestOn(endpointId)).runId)).toMatchObject({
      kind: "begun",
    });
  });

  test("signs the change log with the job", async () => {
    const { jobId, runId } = await fixture.requestOn(endpointId);
    await fixture.runs.finish(await fixture.begin(runId), writeNode("pve1"));
    const { job_id: requestId } = await fixture.job(jobId);
    expect(
      (await fixture.changes(requestId)).map((change) => [change.user_name, change.object_repr]),
    ).toEqual([["proxbox-sync", "pve1 (pve)"]]);
  });

  test("with an error in the report is errored, and keeps what was written", async () => {
    const { jobId, runId } = await fixture.requestOn(endpointId);
    await fixture.runs.finish(await fixture.begin(runId), async (writer) => {
      await writer.merge("nodes", [nodeRow("pve1")], null);
      return badReport;
    });
    expect(await nodeNames()).toEqual(["pve1"]);
    expect(await fixture.run(runId)).toMatchObject({
      status: "errored",
      error: "replications: node pve2: did not answer",
      result: badReport,
    });
    expect(await fixture.job(jobId)).toMatchObject({ status: "errored" });
  });

  test("of a worker that lost its lease throws, and writes nothing at all", async () => {
    const { jobId, runId } = await fixture.requestOn(endpointId);
    const late = await fixture.begin(runId);
    await fixture.expireLease(endpointId);
    const current = await fixture.begin(runId);
    const before = [await fixture.run(runId), await fixture.job(jobId)];
    let worked = false;
    const work: Parameters<typeof fixture.runs.finish>[1] = (writer) => {
      worked = true;
      return writeNode("late")(writer);
    };
    await expect(fixture.runs.finish(late, work)).rejects.toMatchObject({
      name: "LeaseLost",
      code: "lease-lost",
    });
    await expect(fixture.runs.fail(late, { code: "unreachable", message: "gone" })).rejects.toThrow(
      LeaseLost,
    );
    expect(worked).toBe(false);
    expect(await nodeNames()).toEqual([]);
    expect([await fixture.run(runId), await fixture.job(jobId)]).toEqual(before);
    const observed = await fixture.query("select 1 from endpoint_observation where endpoint_id = $1", [
      endpointId,
    ]);
    expect(observed).toEqual([]);
    await fixture.runs.finish(current, writeNode("current"));
    expect(await nodeNames()).toEqual(["current"]);
  });

  test("whose work throws leaves everything as it was, so that the run can be tried again", async () => {
    const { runId } = await fixture.requestOn(endpointId);
    const begun = await fixture.begin(runId);
    await expect(
      fixture.runs.finish(begun, async (writer) => {
        await writer.merge("nodes", [nodeRow("pve1")], null);
        throw new Error("broken");
      }),
    ).rejects.toThrow("broken");
    expect(await nodeNames()).toEqual([]);
    expect(await fixture.run(runId)).toMatchObject({ status: "running", completed: null });
    expect(await fixture.runs.finish(begun, writeNode("pve1"))).toEqual(goodReport);
  });

  test("and a second delivery at the same time do not stop each other", async () => {
    const { runId } = await fixture.requestOn(endpointId);
    const begun = await fixture.begin(runId);
    await fixture.expireLease(endpointId);
    let second: ReturnType<typeof fixture.runs.begin> | undefined;
    await fixture.runs.finish(begun, async (writer) => {
      second = fixture.runs.begin(runId);
      await fixture.untilBlocked(1);
      return writeNode("pve1")(writer);
    });
    expect(await second).toEqual({ kind: "ended" });
    expect(await fixture.run(runId)).toMatchObject({ status: "completed", attempts: 1 });
  });

  test("of a worker that is suspended in the middle ends with its lease, and another worker does the run", async () => {
    const leaseMs = 300;
    const runs = createRuns(fixture.db.database, { leaseMs, maxAttempts: 3 });
    const { runId } = await fixture.requestOn(endpointId);
    const suspended = await runs.begin(runId);
    if (suspended.kind !== "begun") throw new Error(suspended.kind);
    const taken: BegunRun[] = [];
    await expect(
      runs.finish(suspended, async (writer) => {
        await writer.merge("nodes", [nodeRow("pve1")], null);
        await until(async () => {
          const next = await runs.begin(runId);
          if (next.kind === "begun") taken.push(next);
          return taken.length > 0;
        });
        return goodReport;
      }),
    ).rejects.toThrow();
    expect(await nodeNames()).toEqual([]);
    for (const next of taken) await runs.finish(next, writeNode("pve2"));
    expect(await nodeNames()).toEqual(["pve2"]);
    expect(await fixture.run(runId)).toMatchObject({ status: "completed", attempts: 2 });
  });
});

describe("fail", () => {
  const failure = { code: "unreachable", message: "pve.example did not answer" } as const;

  test("ends the run as errored, and leaves every known node silent", async () => {
    const first = await fixture.requestOn(endpointId);
    await fixture.runs.finish(await fixture.begin(first.runId), async (writer) => {
      await writer.merge("nodes", [nodeRow("pve1"), nodeRow("pve2")], null);
      await writer.observeNodes([
        { name: "pve1", failure: null },
        { name: "pve2", failure: null },
      ]);
      await writer.observeEndpoint({});
      return goodReport;
    });
    const nodes = await fixture.rows("proxmox_node", endpointId);
    const { jobId, runId } = await fixture.requestOn(endpointId);
    await fixture.runs.fail(await fixture.begin(runId), failure);
    expect(await fixture.run(runId)).toMatchObject({
      status: "errored",
      error: failure.message,
      result: null,
    });
    expect(await fixture.job(jobId)).toMatchObject({ status: "errored", error: `pve: ${failure.message}` });
    expect(await fixture.rows("proxmox_node", endpointId)).toEqual(nodes);
    const observed = await fixture.query<{ code: string; answered: boolean }>(
      `select o.failure_code as code, o.answered_at is not null as answered from node_observation o
       join proxmox_node n on n.id = o.node_id where n.endpoint_id = $1
       union all select failure_code, answered_at is not null from endpoint_observation where endpoint_id = $1`,
      [endpointId],
    );
    expect(observed).toEqual(Array(3).fill({ code: "unreachable", answered: true }));
  });
});

describe("release", () => {
  test("gives the endpoint back at once; an interruption has cost no attempt, a failure has", async () => {
    const { runId } = await fixture.requestOn(endpointId);
    const first = await fixture.begin(runId);
    await fixture.runs.release(first.lease, { interrupted: true });
    expect(await fixture.run(runId)).toMatchObject({ status: "running", attempts: 0, completed: null });
    const second = await fixture.begin(runId);
    await fixture.runs.release(second.lease, { interrupted: false });
    expect(await fixture.run(runId)).toMatchObject({ attempts: 1 });
    expect(await fixture.runs.begin(runId)).toMatchObject({ kind: "begun" });
  });

  test("of a lease that is gone changes nothing", async () => {
    const { runId } = await fixture.requestOn(endpointId);
    const late = await fixture.begin(runId);
    await fixture.expireLease(endpointId);
    const current = await fixture.begin(runId);
    await fixture.runs.release(late.lease, { interrupted: true });
    expect(await fixture.run(runId)).toMatchObject({ attempts: 2 });
    expect(await fixture.runs.renew(current.lease)).toBe(true);
  });
});

describe("what was stored before the run", () => {
  test("are the keys of one endpoint's rows that are not stale", async () => {
    const other = await fixture.addEndpoint("other");
    await fixture.query(
      `insert into virtual_machine (endpoint_id, vmid, name, stale_at, stale_proof)
       values ($1, 100, 'a', null, null), ($1, 101, 'b', now(), '{}'), ($2, 102, 'c', null, null)`,
      [endpointId, other],
    );
    await fixture.query(
      `insert into replication (endpoint_id, replication_id, guest, jobnum, target, unresolved_reason, stale_at, stale_proof)
       values ($1, '100-0', 100, 0, 'pve2', 'gone', null, null), ($1, '100-1', 100, 1, 'pve3', 'gone', null, null),
         ($1, '101-0', 101, 0, 'pve2', 'gone', now(), '{}'), ($2, '102-0', 102, 0, 'pve2', 'gone', null, null)`,
      [endpointId, other],
    );
    expect(await fixture.runs.storedKeys(endpointId)).toEqual({
      guests: [100],
      storage: [],
      replications: [
        { replicationId: "100-0", guest: 100 },
        { replicationId: "100-1", guest: 100 },
      ],
    });
    expect(await fixture.runs.storedKeys(987654)).toEqual({ guests: [], storage: [], replications: [] });
  });
});
