import { errorOf, type Failure, type RunReport, type SyncType } from "@proxbox/domain";
import type { EntityManager } from "typeorm";
import { EndpointEntity } from "../entities/endpoint.ts";
import type { Database } from "../open-database.ts";
import { type Author, createSyncWriter, type SyncWriter } from "../sync/sync-writer.ts";
import { closeJob } from "./close-job.ts";
import { fence, type Lease, releaseLease, renewLease, takeLease } from "./endpoint-lease.ts";

export interface BegunRun {
  readonly kind: "begun";
  readonly lease: Lease;
  readonly endpoint: EndpointEntity;
  readonly syncTypes: readonly SyncType[];
  readonly author: Author;
}

export type Beginning =
  | BegunRun
  /** Another worker has this endpoint, or is believed to. */
  | { readonly kind: "busy" }
  /** The run has ended, or ends now for the reason in its row: there is nothing to do. */
  | { readonly kind: "ended" };

/** Keys of the rows of one endpoint that are not stale. */
interface StoredKeys {
  readonly guests: readonly number[];
  readonly storage: readonly string[];
  readonly replications: readonly { readonly replicationId: string; readonly guest: number }[];
}

interface RunRow {
  readonly jobId: number;
  readonly jobUuid: string;
  readonly endpointId: number | null;
  readonly attempts: number;
  readonly ended: boolean;
  readonly syncTypes: SyncType[];
  readonly userId: number | null;
  readonly userName: string | null;
}

/**
 * Runs, as workers do them. Time is PostgreSQL's: a worker's clock decides nothing. Whoever locks several rows locks
 * leases first, by endpoint, then runs, then the job: the other way round two transactions could wait for each other.
 */
export type Runs = ReturnType<typeof createRuns>;

export function createRuns(
  database: Database,
  { leaseMs, maxAttempts }: { leaseMs: number; maxAttempts: number },
) {
  const { source } = database;

  /** The locks of a process that is suspended or cut off in the middle of it end when its lease would. */
  function inTransaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return source.transaction(async (manager) => {
      await manager.query(`select set_config('idle_in_transaction_session_timeout', $1, true)`, [
        String(leaseMs),
      ]);
      return work(manager);
    });
  }

  return {
    /** Takes the endpoint's lease for a run. A second delivery of an ended run is harmless. */
    begin: (runId: string): Promise<Beginning> =>
      inTransaction(async (manager) => {
        const found = await findRun(manager, runId);
        if (found === undefined || found.ended) return { kind: "ended" };
        const { jobId, endpointId } = found;
        if (endpointId === null) {
          await refuseRun(manager, { runId, jobId, error: "The endpoint was deleted." });
          return { kind: "ended" };
        }
        const token = await takeLease(manager, { endpointId, runId, leaseMs });
        if (token === null) return { kind: "busy" };
        const lease = { runId, jobId, endpointId, token };
        // Read again: until now another delivery could end the run, or add an attempt.
        const run = (await findRun(manager, runId)) ?? found;
        const endpoint = await manager.findOneOrFail(EndpointEntity, {
          where: { id: endpointId },
          relations: { ipAddress: true },
        });
        const refusal = refusalOf(run, endpoint, maxAttempts);
        if (run.ended || refusal !== null) {
          if (refusal !== null) await refuseRun(manager, { runId, jobId, error: refusal });
          await releaseLease(manager, lease);
          return { kind: "ended" };
        }
        await manager.query(
          `update job_run set status = 'running', attempts = attempts + 1,
             started = coalesce(started, clock_timestamp()) where id = $1`,
          [runId],
        );
        await manager.query(
          `update job set status = 'running', started = coalesce(started, clock_timestamp())
           where id = $1 and completed is null`,
          [jobId],
        );
        return {
          kind: "begun",
          lease,
          endpoint,
          syncTypes: run.syncTypes,
          author: { userId: run.userId, userName: run.userName ?? "proxbox-sync", requestId: run.jobUuid },
        };
      }),

    /** Keeps the lease. False: it is lost, and so is the right to go on. */
    renew: (lease: Lease): Promise<boolean> => renewLease(source.manager, lease, leaseMs),

    /** What was stored before the run: lets the fetch ask for the proof of what has vanished. */
    async storedKeys(endpointId: number): Promise<StoredKeys> {
      const [keys] = await source.query<StoredKeys[]>(
        `select array(select vmid from virtual_machine where endpoint_id = $1 and stale_at is null) as guests,
                array(select name from proxmox_storage where endpoint_id = $1 and stale_at is null) as storage,
                (select coalesce(jsonb_agg(jsonb_build_object('replicationId', replication_id, 'guest', guest)
                   order by replication_id), '[]') from replication where endpoint_id = $1 and stale_at is null)
                  as replications`,
        [endpointId],
      );
      return keys ?? { guests: [], storage: [], replications: [] };
    },

    /**
     * The one transaction of a run: fenced by the lease, it applies what `work` writes, ends the run with the report
     * and, if it was the last one, the job. Throws LeaseLost and writes nothing when the lease is gone.
     */
    finish: (
      { lease, author }: BegunRun,
      work: (writer: SyncWriter) => Promise<RunReport>,
    ): Promise<RunReport> =>
      inTransaction(async (manager) => {
        await fence(manager, lease);
        const report = await work(
          createSyncWriter(database, manager, { endpointId: lease.endpointId, author }),
        );
        const error = errorOf(report);
        const status = error === "" ? "completed" : "errored";
        await endRun(manager, { runId: lease.runId, jobId: lease.jobId, status, error, result: report });
        await releaseLease(manager, lease);
        return report;
      }),

    /** Ends a run that could not read the endpoint at all: nothing of the inventory changes but what is known of it. */
    fail: ({ lease }: BegunRun, failure: Failure): Promise<void> =>
      inTransaction(async (manager) => {
        await fence(manager, lease);
        await observeSilence(manager, lease.endpointId, failure);
        const { runId, jobId } = lease;
        await endRun(manager, { runId, jobId, status: "errored", error: failure.message, result: null });
        await releaseLease(manager, lease);
      }),

    /**
     * Gives the endpoint back without an end of the run, so that another worker can do it at once. A run that was only
     * interrupted has spent no attempt. Does nothing when the lease is gone.
     */
    release: (lease: Lease, { interrupted }: { interrupted: boolean }): Promise<void> =>
      inTransaction(async (manager) => {
        const released = await releaseLease(manager, lease);
        if (released && interrupted) {
          await manager.query(`update job_run set attempts = attempts - 1 where id = $1`, [lease.runId]);
        }
      }),
  };
}

async function findRun(manager: EntityManager, runId: string): Promise<RunRow | undefined> {
  const [run] = await manager.query<RunRow[]>(
    `select r.job_id as "jobId", j.job_id as "jobUuid", r.endpoint_id as "endpointId", r.attempts,
            r.completed is not null as ended, j.sync_types as "syncTypes", j.user_id as "userId", u.username as "userName"
     from job_run r join job j on j.id = r.job_id left join user_account u on u.id = j.user_id
     where r.id = $1`,
    [runId],
  );
  return run;
}

function refusalOf(run: RunRow, endpoint: EndpointEntity, maxAttempts: number): string | null {
  if (run.ended) return null;
  if (!endpoint.enabled) return "The endpoint is disabled. Enable it to sync it.";
  if (run.attempts < maxAttempts) return null;
  return `Given up after ${run.attempts} attempts: each worker that began this run stopped before its end. See the workers' logs.`;
}

/** Ends a run that never began, or must not begin again. */
function refuseRun(
  manager: EntityManager,
  refused: { runId: string; jobId: number; error: string },
): Promise<void> {
  return endRun(manager, { ...refused, status: "failed", result: null });
}

async function endRun(
  manager: EntityManager,
  {
    runId,
    jobId,
    status,
    error,
    result,
  }: {
    runId: string;
    jobId: number;
    status: "completed" | "errored" | "failed";
    error: string;
    result: RunReport | null;
  },
): Promise<void> {
  await manager.query(
    `update job_run set status = $2, error = $3, result = $4, started = coalesce(started, clock_timestamp()),
       completed = clock_timestamp() where id = $1 and completed is null`,
    [runId, status, error, result === null ? null : JSON.stringify(result)],
  );
  await closeJob(manager, jobId);
}

/** An endpoint that does not answer leaves every one of its nodes silent: O(nodes), whatever the number of rows. */
async function observeSilence(manager: EntityManager, endpointId: number, failure: Failure): Promise<void> {
  await manager.query(
    `insert into endpoint_observation as o (endpoint_id, observed_at, failure_code, failure_message)
     values ($1, clock_timestamp(), $2, $3)
     on conflict (endpoint_id) do update set observed_at = excluded.observed_at,
       failure_code = excluded.failure_code, failure_message = excluded.failure_message`,
    [endpointId, failure.code, failure.message],
  );
  await manager.query(
    `update node_observation o set observed_at = clock_timestamp(), failure_code = $2, failure_message = $3
     from proxmox_node n where n.id = o.node_id and n.endpoint_id = $1`,
    [endpointId, failure.code, failure.message],
  );
}
