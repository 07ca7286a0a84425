import { setTimeout as delay } from "node:timers/promises";
import type { RunReport, StageReport } from "@proxbox/domain";
import { type BegunRun, createJobs, createRuns, type SyncRequest } from "../src/index.ts";
import { openSyncFixture } from "./sync-fixture.ts";

export interface JobRow {
  readonly id: number;
  readonly job_id: string;
  readonly status: string;
  readonly error: string;
  readonly created: string;
  readonly started: string | null;
  readonly completed: string | null;
  readonly log_entries: { level: string; message: string; timestamp: string }[];
  readonly data: {
    proxbox_sync: { params: unknown; response?: { endpoints: unknown[] }; runtime_seconds?: number };
  };
}

export interface RunRow {
  readonly id: string;
  readonly endpoint_id: number | null;
  readonly status: string;
  readonly error: string;
  readonly attempts: number;
  readonly started: string | null;
  readonly completed: string | null;
  readonly result: RunReport | null;
}

export type JobFixture = Awaited<ReturnType<typeof openJobFixture>>;

/** A database with jobs and runs. A test adds the endpoints it needs. */
export async function openJobFixture({ leaseMs = 60_000, maxAttempts = 3 } = {}) {
  const fixture = await openSyncFixture();
  const jobs = createJobs(fixture.db.database);
  const runs = createRuns(fixture.db.database, { leaseMs, maxAttempts });

  const request = (changed: Partial<SyncRequest> = {}) =>
    jobs.request({
      mode: "full",
      name: "Proxbox Sync",
      syncTypes: ["all"],
      endpointIds: null,
      user: null,
      ...changed,
    });

  return {
    ...fixture,
    jobs,
    runs,
    request,

    job: (id: number) => fixture.only<JobRow>("select * from job where id = $1", [id]),
    run: (id: string) => fixture.only<RunRow>("select * from job_run where id = $1", [id]),
    runsOf: (jobId: number) =>
      fixture.query<RunRow>("select * from job_run where job_id = $1 order by endpoint_id", [jobId]),

    /** Leaves nothing of earlier tests that a job could meet. */
    async forgetAll(): Promise<void> {
      await fixture.query("delete from job");
      await fixture.query("delete from endpoint");
    },

    /** A job on one endpoint, with its run. */
    async requestOn(endpointId: number): Promise<{ jobId: number; runId: string }> {
      const { jobId, runIds } = await request({ mode: "individual", endpointIds: [endpointId] });
      return { jobId, runId: runIds[0] ?? "" };
    },

    /** Begins a run that nothing stands in the way of. */
    async begin(runId: string): Promise<BegunRun> {
      const beginning = await runs.begin(runId);
      if (beginning.kind !== "begun") throw new Error(`the run is ${beginning.kind}`);
      return beginning;
    },

    /** Lets the lease of an endpoint run out by the database's clock, as if its worker were dead. */
    expireLease: (endpointId: number) =>
      fixture.query(
        "update endpoint_lease set expires_at = clock_timestamp() - interval '1 ms' where endpoint_id = $1",
        [endpointId],
      ),

    /** Returns when that many transactions wait for a lock. */
    untilBlocked: (count: number) =>
      until(async () => {
        const waiting = await fixture.query(
          `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        );
        return waiting.length >= count;
      }),
  };
}

/** Returns when the condition holds; throws after ten seconds. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error("the condition did not come true");
    await delay(10);
  }
}

const stage: StageReport = {
  stage: "replications",
  status: "completed",
  created: 1,
  updated: 2,
  stale: 3,
  unchanged: 4,
  kept: 0,
  held: 0,
  errors: [],
  warnings: [],
};

/** What a run reports when all went well, or when a node did not answer. */
export const goodReport: RunReport = { stages: [stage] };
export const badReport: RunReport = {
  stages: [
    {
      ...stage,
      status: "errored",
      errors: [{ item: "node pve2", code: "unreachable", message: "did not answer" }],
      warnings: ["The view of guests is not complete."],
    },
  ],
};
