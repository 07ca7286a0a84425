import { randomUUID } from "node:crypto";
import type { SyncType } from "@proxbox/domain";
import type { EntityManager } from "typeorm";
import type { Database } from "../open-database.ts";
import { closeJob } from "./close-job.ts";
import { takeLeasesAway } from "./endpoint-lease.ts";

export interface SyncRequest {
  readonly mode: "full" | "scheduled" | "individual";
  readonly name: string;
  readonly syncTypes: readonly SyncType[];
  /** Null: all endpoints that are enabled now. */
  readonly endpointIds: readonly number[] | null;
  readonly user: { readonly id: number; readonly name: string } | null;
}

export interface AcceptedJob {
  readonly jobId: number;
  /** False: an equal request waits already, and this is its job. */
  readonly created: boolean;
  /** To be handed to the queue. */
  readonly runIds: readonly string[];
}

/** Jobs as durable rows. PostgreSQL is the truth; the queue only delivers (rule R9). */
export type Jobs = ReturnType<typeof createJobs>;

export function createJobs({ source }: Database) {
  return {
    /**
     * Stores a job and one run per endpoint. Equal waiting requests share one job. An endpoint that was asked for and
     * cannot run is a failed run at once, and a job without an endpoint to run on a failed job, with the reason (rule R7).
     */
    request: (request: SyncRequest): Promise<AcceptedJob> =>
      source.transaction(async (manager) => {
        const waiting = await insertJob(manager, request);
        if (!waiting.created) return { ...waiting, runIds: [] };
        const runIds = await insertRuns(manager, waiting.jobId, request.endpointIds);
        if (runIds.length === 0) await closeJob(manager, waiting.jobId);
        return { ...waiting, runIds };
      }),

    /** How far a job is; undefined for an unknown one. */
    async progress(jobId: number): Promise<{ status: string; error: string; ended: boolean } | undefined> {
      const [job] = await source.query<{ status: string; error: string; ended: boolean }[]>(
        `select status, error, completed is not null as ended from job where id = $1`,
        [jobId],
      );
      return job;
    },

    /** Notes that runs were handed to the queue. */
    async markEnqueued(runIds: readonly string[]): Promise<void> {
      // A run that somebody has locked begins or ends just now: waiting for it would be of no use.
      await source.query(
        `update job_run set enqueued_at = clock_timestamp() where id in (
           select id from job_run where id = any($1::uuid[]) for update skip locked)`,
        [runIds],
      );
    },

    /**
     * Runs that the queue may have lost: unfinished, and neither handed over nor alive lately. Handing one over that
     * still waits does nothing (its delivery has the run's id).
     */
    async listUndelivered(olderThanMs: number, limit: number): Promise<string[]> {
      const runs = await source.query<{ id: string }[]>(
        `select r.id from job_run r
         left join endpoint_lease l on l.endpoint_id = r.endpoint_id and l.run_id = r.id
         where r.status in ('pending', 'running')
           and (r.enqueued_at is null or r.enqueued_at < clock_timestamp() - make_interval(secs => $1::double precision / 1000))
           and (l.expires_at is null or l.expires_at < clock_timestamp())
         order by r.enqueued_at nulls first, r.created limit $2`,
        [olderThanMs, limit],
      );
      return runs.map(({ id }) => id);
    },

    /**
     * Ends a job and its unfinished runs as failed, and takes their leases away, so that a worker notices within a
     * heartbeat and can write no more (rule R10). Returns null for an unknown job, else its status and whether this
     * call ended it, with the runs that need no delivery any more.
     */
    cancel: (jobId: number, reason: string) =>
      source.transaction(async (manager) => {
        await takeLeasesAway(manager, jobId);
        const [runs] = await manager.query<[{ id: string }[], number]>(
          `update job_run set status = 'failed', error = $2, completed = clock_timestamp()
           where job_id = $1 and completed is null returning id`,
          [jobId, reason],
        );
        const [job] = await manager.query<{ status: string; ended: boolean }[]>(
          `select status, completed is not null as ended from job where id = $1 for update`,
          [jobId],
        );
        if (job === undefined) return null;
        if (job.ended) return { status: job.status, cancelled: false, runIds: [] };
        await closeJob(manager, jobId, { status: "failed", error: reason });
        return { status: "failed", cancelled: true, runIds: runs.map(({ id }) => id) };
      }),
  };
}

async function insertJob(manager: EntityManager, request: SyncRequest) {
  const endpointIds = request.endpointIds?.toSorted((a, b) => a - b) ?? null;
  const syncTypes = [...new Set(request.syncTypes)].toSorted();
  // A waiting job knows nothing of endpoints that were enabled since: a request for them is another one.
  const scope = endpointIds ?? { all: await enabledEndpointIds(manager) };
  const requestKey = JSON.stringify([request.mode, scope, syncTypes]);
  const params = {
    sync_type: syncTypes.length === 1 ? syncTypes[0] : "multiple",
    sync_types: syncTypes,
    proxmox_endpoint_ids: (endpointIds ?? []).map(String),
    netbox_endpoint_ids: [],
    netbox_vm_ids: [],
    batch_object_ids: [],
    batch_object_type: null,
  };
  const [inserted] = await manager.query<{ id: number }[]>(
    `insert into job (job_id, name, status, mode, sync_types, endpoint_ids, request_key, user_id, data)
     values ($1, $2, 'pending', $3, $4, $5, $6, $7, $8)
     on conflict (request_key) where status = 'pending' do nothing returning id`,
    [
      randomUUID(),
      request.name,
      request.mode,
      JSON.stringify(syncTypes),
      endpointIds === null ? null : JSON.stringify(endpointIds),
      requestKey,
      request.user?.id ?? null,
      JSON.stringify({ proxbox_sync: { params } }),
    ],
  );
  if (inserted !== undefined) return { jobId: inserted.id, created: true };
  const [waiting] = await manager.query<{ id: number }[]>(
    `select id from job where request_key = $1 and status = 'pending'`,
    [requestKey],
  );
  if (waiting !== undefined) return { jobId: waiting.id, created: false };
  // The equal job began between the two statements: it does not wait any more, so this request gets its own.
  return insertJob(manager, request);
}

async function enabledEndpointIds(manager: EntityManager): Promise<number[]> {
  const rows = await manager.query<{ id: number }[]>(`select id from endpoint where enabled order by id`);
  return rows.map(({ id }) => id);
}

/** Returns the runs that wait. An endpoint asked for by its id is never passed over in silence. */
async function insertRuns(
  manager: EntityManager,
  jobId: number,
  endpointIds: SyncRequest["endpointIds"],
): Promise<string[]> {
  const runs = await manager.query<{ id: string; status: string }[]>(
    `with wanted as (
       select e.id as endpoint_id,
              case when e.enabled then '' else 'The endpoint is disabled. Enable it to sync it.' end as error
       from endpoint e where case when $2::jsonb is null then e.enabled else $2::jsonb @> to_jsonb(e.id) end
       union
       select null, 'There is no endpoint ' || asked.id || '.' from jsonb_array_elements_text($2::jsonb) as asked (id)
       where not exists (select 1 from endpoint e where e.id::text = asked.id)
     )
     insert into job_run (id, job_id, endpoint_id, status, error, completed)
     select gen_random_uuid(), $1, endpoint_id, case when error = '' then 'pending' else 'failed' end, error,
            case when error <> '' then clock_timestamp() end
     from wanted order by endpoint_id returning id, status`,
    [jobId, endpointIds === null ? null : JSON.stringify(endpointIds)],
  );
  return runs.filter(({ status }) => status === "pending").map(({ id }) => id);
}
