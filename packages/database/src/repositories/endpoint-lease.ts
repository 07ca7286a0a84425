import type { EntityManager } from "typeorm";

/** The right to do one run: valid as long as nobody raised the token since (rule R8). */
export interface Lease {
  readonly runId: string;
  readonly jobId: number;
  readonly endpointId: number;
  readonly token: string;
}

/** The lease was taken away: by a cancel, or by another worker after it ran out. */
export class LeaseLost extends Error {
  override readonly name = "LeaseLost";
  readonly code = "lease-lost";
}

/** Null: somebody else has it. A lease of the same run that has not run out belongs to another delivery of it. */
export async function takeLease(
  manager: EntityManager,
  { endpointId, runId, leaseMs }: { endpointId: number; runId: string; leaseMs: number },
): Promise<string | null> {
  const [taken] = await manager.query<{ token: string }[]>(
    `insert into endpoint_lease as l (endpoint_id, token, run_id, expires_at)
     select $1, 1, $2, clock_timestamp() + make_interval(secs => $3::double precision / 1000)
     where not exists (select 1 from job_run where endpoint_id = $1 and status = 'running' and id <> $2)
     on conflict (endpoint_id) do update set token = l.token + 1, run_id = excluded.run_id,
       expires_at = excluded.expires_at
     where l.expires_at <= clock_timestamp()
     returning token`,
    [endpointId, runId, leaseMs],
  );
  return taken?.token ?? null;
}

/** False: the lease is lost. A renewal that waited for the end of its own run finds it released, and leaves it so. */
export async function renewLease(
  manager: EntityManager,
  { endpointId, token, runId }: Lease,
  leaseMs: number,
): Promise<boolean> {
  const [, renewed] = await manager.query<[unknown[], number]>(
    `update endpoint_lease set expires_at = clock_timestamp() + make_interval(secs => $4::double precision / 1000)
     where endpoint_id = $1 and token = $2 and run_id = $3`,
    [endpointId, token, runId, leaseMs],
  );
  return renewed === 1;
}

/** Locks the lease until the end of the transaction. Throws LeaseLost when it is gone. */
export async function fence(manager: EntityManager, { endpointId, token, runId }: Lease): Promise<void> {
  const held = await manager.query<unknown[]>(
    `select 1 from endpoint_lease where endpoint_id = $1 and token = $2 and run_id = $3 for update`,
    [endpointId, token, runId],
  );
  if (held.length === 0)
    throw new LeaseLost("The lease of the endpoint was taken away; nothing was written.");
}

/** False: the lease is somebody else's by now. */
export async function releaseLease(
  manager: EntityManager,
  { endpointId, token, runId }: Lease,
): Promise<boolean> {
  const [, released] = await manager.query<[unknown[], number]>(
    `update endpoint_lease set run_id = null, expires_at = clock_timestamp()
     where endpoint_id = $1 and token = $2 and run_id = $3`,
    [endpointId, token, runId],
  );
  return released === 1;
}

/**
 * Locks the endpoints of a job's unfinished runs, so that none of the runs can begin or end meanwhile, and takes their
 * leases away. A lease that does not exist yet is made: there is no other way to lock it.
 */
export async function takeLeasesAway(manager: EntityManager, jobId: number): Promise<void> {
  await manager.query(
    `insert into endpoint_lease as l (endpoint_id, token, expires_at)
     select endpoint_id, 0, clock_timestamp() from job_run
     where job_id = $1 and completed is null and endpoint_id is not null order by endpoint_id
     on conflict (endpoint_id) do update set token = l.token + 1, run_id = null, expires_at = clock_timestamp()
     where l.run_id in (select id from job_run where job_id = $1)`,
    [jobId],
  );
}
