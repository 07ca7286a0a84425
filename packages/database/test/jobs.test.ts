import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { SyncRequest } from "../src/index.ts";
import { badReport, goodReport, type JobFixture, openJobFixture } from "./job-fixture.ts";

let fixture: JobFixture;
beforeAll(async () => {
  fixture = await openJobFixture();
});
afterAll(() => fixture.close());
beforeEach(() => fixture.forgetAll());

const addEndpoints = (count: number) =>
  Promise.all(Array.from({ length: count }, (_, index) => fixture.addEndpoint(`pve${index + 1}`)));

describe("a request", () => {
  test("becomes a pending job with one run per enabled endpoint", async () => {
    const endpointIds = await addEndpoints(2);
    await fixture.addEndpoint("disabled", false);
    const accepted = await fixture.request({ syncTypes: ["replications"] });
    expect(accepted.created).toBe(true);
    expect(await fixture.job(accepted.jobId)).toMatchObject({
      status: "pending",
      error: "",
      started: null,
      completed: null,
      data: { proxbox_sync: { params: { sync_type: "replications", sync_types: ["replications"] } } },
    });
    const runs = await fixture.query<{ id: string; endpoint_id: number; status: string }>(
      "select id, endpoint_id, status from job_run where job_id = $1 order by endpoint_id",
      [accepted.jobId],
    );
    expect(runs.map(({ endpoint_id, status }) => [endpoint_id, status])).toEqual(
      endpointIds.toSorted((a, b) => a - b).map((id) => [id, "pending"]),
    );
    expect(accepted.runIds.toSorted()).toEqual(runs.map(({ id }) => id).toSorted());
  });

  test("for some endpoints runs on those, and says of each why it cannot", async () => {
    const [first = 0, second = 0] = await addEndpoints(3);
    const disabled = await fixture.addEndpoint("disabled", false);
    const endpointIds = [second, disabled, first, 987654];
    const { jobId, runIds } = await fixture.request({ mode: "individual", endpointIds });
    const runs = await fixture.runsOf(jobId);
    expect(runs.map(({ endpoint_id, status, error }) => [endpoint_id, status, error])).toEqual([
      ...[first, second].toSorted((a, b) => a - b).map((id) => [id, "pending", ""]),
      [disabled, "failed", "The endpoint is disabled. Enable it to sync it."],
      [null, "failed", "There is no endpoint 987654."],
    ]);
    expect(runs.slice(0, 2).map(({ id }) => id)).toEqual(runIds);
  });

  test.each<[string, Partial<SyncRequest>, string]>([
    [
      "without an enabled endpoint",
      {},
      "Nothing ran: no endpoint is enabled. Add an endpoint, or enable one.",
    ],
    ["for an unknown endpoint", { endpointIds: [987654] }, "deleted endpoint: There is no endpoint 987654."],
  ])("%s fails at once, with the reason", async (_sentence, changed, error) => {
    const { jobId, runIds } = await fixture.request(changed);
    expect(runIds).toEqual([]);
    const job = await fixture.job(jobId);
    expect(job).toMatchObject({ status: "failed", error });
    expect(job.completed).not.toBeNull();
    expect(job.log_entries.map(({ level, message }) => [level, message])).toEqual([["error", error]]);
  });

  test("that equals a waiting one shares its job, whatever the order of its lists", async () => {
    const [first = 0, second = 0] = await addEndpoints(2);
    const wanted: Partial<SyncRequest> = {
      mode: "individual",
      endpointIds: [first, second],
      syncTypes: ["devices", "replications"],
    };
    const accepted = await fixture.request(wanted);
    const again = await fixture.request({
      ...wanted,
      endpointIds: [second, first],
      syncTypes: ["replications", "devices", "replications"],
    });
    expect(again).toEqual({ jobId: accepted.jobId, created: false, runIds: [] });
    expect(await fixture.runsOf(accepted.jobId)).toHaveLength(2);
  });

  test("that differs in its mode, endpoints or types has a job of its own", async () => {
    const [first = 0] = await addEndpoints(2);
    const accepted = [
      await fixture.request(),
      await fixture.request({ mode: "scheduled" }),
      await fixture.request({ syncTypes: ["devices"] }),
      await fixture.request({ endpointIds: [first] }),
    ];
    expect(new Set(accepted.map(({ jobId }) => jobId)).size).toBe(4);
    expect(accepted.map(({ created }) => created)).toEqual([true, true, true, true]);
  });

  test("for all endpoints is another one as soon as another endpoint is enabled", async () => {
    await addEndpoints(1);
    const first = await fixture.request();
    expect(await fixture.request()).toMatchObject({ jobId: first.jobId, created: false });
    await addEndpoints(1);
    const second = await fixture.request();
    expect(second.created).toBe(true);
    expect(await fixture.runsOf(second.jobId)).toHaveLength(2);
  });

  test("made fifty times at once is one job", async () => {
    await addEndpoints(3);
    const accepted = await Promise.all(Array.from({ length: 50 }, () => fixture.request()));
    expect(new Set(accepted.map(({ jobId }) => jobId)).size).toBe(1);
    expect(accepted.filter(({ created }) => created)).toHaveLength(1);
    expect(accepted.flatMap(({ runIds }) => runIds)).toHaveLength(3);
    expect(await fixture.runsOf(accepted[0]?.jobId ?? 0)).toHaveLength(3);
  });

  test("is not held back by an equal job that runs or has ended", async () => {
    const [endpointId = 0] = await addEndpoints(1);
    const first = await fixture.requestOn(endpointId);
    const begun = await fixture.begin(first.runId);
    const second = await fixture.requestOn(endpointId);
    expect(second.jobId).not.toBe(first.jobId);
    await fixture.runs.finish(begun, () => Promise.resolve(goodReport));
    await fixture.jobs.cancel(second.jobId, "enough");
    const third = await fixture.requestOn(endpointId);
    expect([first.jobId, second.jobId]).not.toContain(third.jobId);
  });

  test("remembers who asked", async () => {
    const { id } = await fixture.only<{ id: number }>(
      "insert into user_account (username) values ('alice') returning id",
    );
    const [endpointId = 0] = await addEndpoints(1);
    const { jobId, runIds } = await fixture.request({
      endpointIds: [endpointId],
      user: { id, name: "alice" },
    });
    const begun = await fixture.begin(runIds[0] ?? "");
    const job = await fixture.job(jobId);
    expect(begun.author).toEqual({ userId: id, userName: "alice", requestId: job.job_id });
  });
});

describe("a job", () => {
  type End = "completed" | "errored" | "failed";

  async function end(runId: string, how: End): Promise<void> {
    if (how === "failed") {
      await fixture.query(
        "update endpoint set enabled = false where id = (select endpoint_id from job_run where id = $1)",
        [runId],
      );
      await fixture.runs.begin(runId);
      return;
    }
    const begun = await fixture.begin(runId);
    await fixture.runs.finish(begun, () => Promise.resolve(how === "completed" ? goodReport : badReport));
  }

  const failed = "The endpoint is disabled. Enable it to sync it.";
  const errored = "replications: node pve2: did not answer";

  test.each<[End[], End, string]>([
    [["completed"], "completed", ""],
    [["completed", "completed"], "completed", ""],
    [["errored"], "errored", `pve1: ${errored}`],
    [["failed"], "failed", `pve1: ${failed}`],
    [["completed", "errored"], "errored", `pve2: ${errored}`],
    [["completed", "failed", "completed"], "failed", `pve2: ${failed}`],
    [["failed", "errored", "completed"], "errored", `pve1: ${failed} (and 1 more endpoints)`],
    [["errored", "errored", "errored"], "errored", `pve1: ${errored} (and 2 more endpoints)`],
  ])("whose runs ended %j is %s", async (ends, status, error) => {
    const endpointIds: number[] = [];
    for (const [index] of ends.entries()) endpointIds.push(await fixture.addEndpoint(`pve${index + 1}`));
    const { jobId } = await fixture.request();
    const runs = await fixture.runsOf(jobId);
    for (const [index, how] of ends.entries()) {
      const { completed } = await fixture.job(jobId);
      expect(completed).toBeNull();
      await end(runs[index]?.id ?? "", how);
    }
    const job = await fixture.job(jobId);
    expect([job.status, job.error]).toEqual([status, error]);
    expect(Date.parse(job.completed ?? "")).toBeGreaterThanOrEqual(Date.parse(job.created));
  });

  test("tells per endpoint and stage what was done, and every error in its log", async () => {
    const first = await fixture.addEndpoint("pve1");
    const second = await fixture.addEndpoint("pve2");
    const { jobId } = await fixture.request();
    const [good, bad] = await fixture.runsOf(jobId);
    await end(good?.id ?? "", "completed");
    await end(bad?.id ?? "", "errored");
    const { data, log_entries: log } = await fixture.job(jobId);
    expect(data.proxbox_sync.response?.endpoints).toEqual([
      {
        endpoint_id: first,
        endpoint: "pve1",
        status: "completed",
        error: "",
        runtime_seconds: expect.any(Number),
        stages: goodReport.stages,
      },
      {
        endpoint_id: second,
        endpoint: "pve2",
        status: "errored",
        error: errored,
        runtime_seconds: expect.any(Number),
        stages: badReport.stages,
      },
    ]);
    expect(data.proxbox_sync.runtime_seconds).toBeGreaterThanOrEqual(0);
    expect(log.map(({ level, message }) => [level, message])).toEqual([
      ["info", "pve1: replications completed: 1 created, 2 updated, 3 stale, 4 unchanged"],
      ["info", "pve2: replications errored: 1 created, 2 updated, 3 stale, 4 unchanged"],
      ["warning", "pve2: replications: The view of guests is not complete."],
      ["error", "pve2: replications: node pve2: did not answer"],
    ]);
  });

  test("whose last two runs end at once is closed, and closed once", async () => {
    for (let round = 0; round < 8; round += 1) {
      await fixture.forgetAll();
      await addEndpoints(2);
      const { jobId, runIds } = await fixture.request();
      const begun = await Promise.all(runIds.map((runId) => fixture.begin(runId)));
      const reports = [goodReport, badReport];
      // Both are inside their transactions before either ends.
      let inside = 0;
      let go: () => void = () => undefined;
      const together = new Promise<void>((resolve) => {
        go = resolve;
      });
      await Promise.all(
        begun.map((run, index) =>
          fixture.runs.finish(run, async () => {
            inside += 1;
            if (inside === 2) go();
            await together;
            return reports[index] ?? goodReport;
          }),
        ),
      );
      const job = await fixture.job(jobId);
      expect(job.status).toBe("errored");
      expect(job.log_entries).toHaveLength(4);
    }
  });
});

describe("a cancel", () => {
  const reason = "Cancelled via API.";

  test("of a pending job fails it and its runs, which nobody can begin any more", async () => {
    await addEndpoints(2);
    const { jobId, runIds } = await fixture.request();
    const answer = await fixture.jobs.cancel(jobId, reason);
    expect(answer).toMatchObject({ status: "failed", cancelled: true });
    expect(answer?.runIds.toSorted()).toEqual(runIds.toSorted());
    const job = await fixture.job(jobId);
    expect(job).toMatchObject({ status: "failed", error: reason });
    expect((await fixture.runsOf(jobId)).map(({ status, error }) => [status, error])).toEqual([
      ["failed", reason],
      ["failed", reason],
    ]);
    expect(await Promise.all(runIds.map((runId) => fixture.runs.begin(runId)))).toEqual([
      { kind: "ended" },
      { kind: "ended" },
    ]);
    expect(await fixture.job(jobId)).toEqual(job);
  });

  test("of a running job takes the lease away, so that its worker can write nothing and others can begin", async () => {
    const [endpointId = 0] = await addEndpoints(1);
    const { jobId, runId } = await fixture.requestOn(endpointId);
    const begun = await fixture.begin(runId);
    expect(await fixture.jobs.cancel(jobId, reason)).toEqual({
      status: "failed",
      cancelled: true,
      runIds: [runId],
    });
    expect(await fixture.runs.renew(begun.lease)).toBe(false);
    await expect(
      fixture.runs.finish(begun, async (writer) => {
        await writer.virtualizationCluster("written too late");
        return goodReport;
      }),
    ).rejects.toMatchObject({ code: "lease-lost" });
    expect(await fixture.rows("virtualization_cluster", endpointId)).toEqual([]);
    expect(await fixture.job(jobId)).toMatchObject({ status: "failed", error: reason });
    const next = await fixture.requestOn(endpointId);
    expect((await fixture.begin(next.runId)).lease.endpointId).toBe(endpointId);
  });

  test("keeps what the job's other runs have done", async () => {
    await addEndpoints(2);
    const { jobId } = await fixture.request();
    const [done, waiting] = await fixture.runsOf(jobId);
    await fixture.runs.finish(await fixture.begin(done?.id ?? ""), () => Promise.resolve(goodReport));
    expect(await fixture.jobs.cancel(jobId, reason)).toMatchObject({ runIds: [waiting?.id] });
    expect((await fixture.runsOf(jobId)).map(({ status }) => status)).toEqual(["completed", "failed"]);
    const { data } = await fixture.job(jobId);
    expect(data.proxbox_sync.response?.endpoints).toHaveLength(2);
  });

  test("leaves another job's lease on the same endpoint alone", async () => {
    const [endpointId = 0] = await addEndpoints(1);
    const running = await fixture.requestOn(endpointId);
    const begun = await fixture.begin(running.runId);
    const waiting = await fixture.requestOn(endpointId);
    await fixture.jobs.cancel(waiting.jobId, reason);
    expect(await fixture.runs.renew(begun.lease)).toBe(true);
    expect(await fixture.runs.finish(begun, () => Promise.resolve(goodReport))).toEqual(goodReport);
  });

  test("of a job that has ended changes nothing", async () => {
    const [endpointId = 0] = await addEndpoints(1);
    const { jobId, runId } = await fixture.requestOn(endpointId);
    await fixture.runs.finish(await fixture.begin(runId), () => Promise.resolve(goodReport));
    const before = await fixture.job(jobId);
    expect(await fixture.jobs.cancel(jobId, reason)).toEqual({
      status: "completed",
      cancelled: false,
      runIds: [],
    });
    expect(await fixture.job(jobId)).toEqual(before);
  });

  test("of an unknown job says so", async () => {
    expect(await fixture.jobs.cancel(987654, reason)).toBeNull();
  });

  test("sent twice at once ends the job once", async () => {
    await addEndpoints(3);
    const { jobId } = await fixture.request();
    const answers = await Promise.all([1, 2].map(() => fixture.jobs.cancel(jobId, reason)));
    expect(answers.map((answer) => answer?.cancelled).toSorted()).toEqual([false, true]);
    const { log_entries: log } = await fixture.job(jobId);
    expect(log.map(({ level }) => level)).toEqual(["error", "error", "error"]);
  });

  test("while the last run is being written waits for its end, and changes nothing then", async () => {
    const [endpointId = 0] = await addEndpoints(1);
    const { jobId, runId } = await fixture.requestOn(endpointId);
    const begun = await fixture.begin(runId);
    let cancelling: ReturnType<typeof fixture.jobs.cancel> | undefined;
    await fixture.runs.finish(begun, async () => {
      cancelling = fixture.jobs.cancel(jobId, reason);
      await fixture.untilBlocked(1);
      return goodReport;
    });
    expect(await cancelling).toEqual({ status: "completed", cancelled: false, runIds: [] });
  });
});

describe("runs that the queue may have lost", () => {
  const undelivered = (olderThanMs = 60_000) => fixture.jobs.listUndelivered(olderThanMs, 100);
  const enqueuedAgo = (runId: string, interval: string) =>
    fixture.query("update job_run set enqueued_at = clock_timestamp() - $2::interval where id = $1", [
      runId,
      interval,
    ]);

  test("are those that were not handed over, or too long ago", async () => {
    const [endpointId = 0] = await addEndpoints(1);
    const { runId } = await fixture.requestOn(endpointId);
    expect(await undelivered()).toContain(runId);
    await fixture.jobs.markEnqueued([runId]);
    expect(await undelivered()).not.toContain(runId);
    await enqueuedAgo(runId, "59 s");
    expect(await undelivered()).not.toContain(runId);
    await enqueuedAgo(runId, "61 s");
    expect(await undelivered()).toContain(runId);
  });

  test("are noted as handed over without waiting for a worker that begins or ends them just now", async () => {
    const [endpointId = 0] = await addEndpoints(1);
    const { runId } = await fixture.requestOn(endpointId);
    await fixture.db.database.source.transaction(async (manager) => {
      await manager.query("select 1 from job_run where id = $1 for update", [runId]);
      await fixture.jobs.markEnqueued([runId]);
    });
    expect(await undelivered()).toContain(runId);
  });

  test("are not those that a worker keeps alive, until its lease runs out", async () => {
    const [endpointId = 0] = await addEndpoints(1);
    const { runId } = await fixture.requestOn(endpointId);
    await fixture.begin(runId);
    await enqueuedAgo(runId, "1 day");
    expect(await undelivered()).not.toContain(runId);
    await fixture.expireLease(endpointId);
    expect(await undelivered()).toContain(runId);
  });

  test("are not those that wait for the endpoint behind another run and were handed over lately", async () => {
    const [endpointId = 0] = await addEndpoints(1);
    await fixture.begin((await fixture.requestOn(endpointId)).runId);
    const waiting = await fixture.requestOn(endpointId);
    await fixture.jobs.markEnqueued([waiting.runId]);
    expect(await undelivered()).not.toContain(waiting.runId);
    await enqueuedAgo(waiting.runId, "61 s");
    expect(await undelivered()).toContain(waiting.runId);
  });

  test("are never those that have ended, and at most as many as asked for, the longest lost first", async () => {
    await addEndpoints(2);
    const ended = await fixture.request();
    await fixture.jobs.cancel(ended.jobId, "enough");
    await fixture.query(
      "update job_run set status = 'failed', error = '-', completed = now() where completed is null",
    );
    const { runIds } = await fixture.request();
    const [first = "", second = ""] = runIds;
    await enqueuedAgo(first, "2 hours");
    await enqueuedAgo(second, "3 hours");
    expect(await undelivered()).toEqual([second, first]);
    expect(await fixture.jobs.listUndelivered(60_000, 1)).toEqual([second]);
  });
});

describe("the schema refuses", () => {
  const insertJob = (values: Record<string, unknown>) => {
    const row = {
      job_id: randomUUID(),
      name: "Proxbox Sync",
      status: "pending",
      mode: "full",
      sync_types: '["all"]',
      request_key: randomUUID(),
      ...values,
    };
    const columns = Object.keys(row);
    return fixture.query<{ id: number }>(
      `insert into job (${columns.join(", ")}) values (${columns.map((_, index) => `$${index + 1}`).join(", ")})
       returning id`,
      Object.values(row),
    );
  };
  const now = "2026-01-02T03:04:05Z";

  test.each<[string, Record<string, unknown>, string]>([
    [
      "completed over an error",
      { status: "completed", completed: now, error: "x" },
      "job_never_completed_over_an_error",
    ],
    ["completed without an end", { status: "completed" }, "job_end"],
    ["errored without an end", { status: "errored", error: "x" }, "job_end"],
    ["failed without an end", { status: "failed", error: "x" }, "job_end"],
    ["pending with an end", { completed: now }, "job_end"],
    ["running with an end", { status: "running", completed: now }, "job_end"],
    ["a status that NetBox does not know", { status: "done" }, "job_status_choice"],
  ])("a job that is %s", async (_sentence, values, constraint) => {
    await expect(insertJob(values)).rejects.toMatchObject({ code: "23514", constraint });
  });

  test("a second waiting job of one request, but not one that has ended", async () => {
    const key = { request_key: "same" };
    await insertJob(key);
    await insertJob({ ...key, status: "completed", completed: now });
    await insertJob({ ...key, status: "running" });
    await expect(insertJob(key)).rejects.toMatchObject({ constraint: "job_one_waiting_per_request" });
  });

  const insertRun = async (values: Record<string, unknown>) => {
    const [job] = await insertJob({});
    const row = { id: randomUUID(), job_id: job?.id, ...values };
    const columns = Object.keys(row);
    return fixture.query(
      `insert into job_run (${columns.join(", ")}) values (${columns.map((_, index) => `$${index + 1}`).join(", ")})`,
      Object.values(row),
    );
  };

  test.each<[string, Record<string, unknown>, string]>([
    [
      "completed over an error",
      { status: "completed", completed: now, error: "x" },
      "job_run_never_completed_over_an_error",
    ],
    ["completed without an end", { status: "completed" }, "job_run_end"],
    ["running with an end", { status: "running", completed: now }, "job_run_end"],
    ["scheduled", { status: "scheduled" }, "job_run_status_choice"],
  ])("a run that is %s", async (_sentence, values, constraint) => {
    await expect(insertRun(values)).rejects.toMatchObject({ code: "23514", constraint });
  });

  test("two running runs of one endpoint, and two runs of one job on one endpoint", async () => {
    const [endpointId = 0] = await addEndpoints(1);
    await insertRun({ endpoint_id: endpointId, status: "running" });
    await expect(insertRun({ endpoint_id: endpointId, status: "running" })).rejects.toMatchObject({
      constraint: "job_run_one_running_per_endpoint",
    });
    const [job] = await insertJob({});
    await insertRun({ job_id: job?.id, endpoint_id: endpointId });
    await expect(insertRun({ job_id: job?.id, endpoint_id: endpointId })).rejects.toMatchObject({
      constraint: "job_run_one_per_endpoint",
    });
  });
});
