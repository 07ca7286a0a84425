import {
  type Api,
  type Exchange,
  may,
  noSuchObject,
  notFound,
  refuse,
  type Reply,
  requireObject,
  type ResourceStore,
  toWire,
} from "@proxbox/netbox-api";
import type { SyncType } from "@proxbox/domain";
import { parseSyncTypes } from "./parse-sync-types.ts";
import { endpoints } from "./resources/endpoints.ts";
import { jobs } from "./resources/jobs.ts";

export interface SyncRequest {
  readonly mode: "individual" | "full";
  /** Null: all endpoints that are enabled now. */
  readonly endpointIds: readonly number[] | null;
  readonly syncTypes: readonly SyncType[];
  /** Null: the service itself, at its start. */
  readonly user: { readonly id: number; readonly username: string } | null;
}

/** Accepts a request as a job, or finds the equal one that waits already. */
export type RequestSync = (
  request: SyncRequest,
) => Promise<{ readonly jobId: number; readonly created: boolean }>;

/** Ends a job; null for an unknown one, else its status and whether this call ended it. */
export type CancelJob = (
  jobId: number,
) => Promise<{ readonly status: string; readonly cancelled: boolean } | null>;

interface Dependencies {
  readonly requestSync: RequestSync;
  readonly cancelJob: CancelJob;
  readonly endpointStore: ResourceStore;
  readonly jobStore: ResourceStore;
}

/** Turns requests into jobs, and ends them. Accepting is all that happens here; workers do the work. */
export function addSyncRoutes(
  api: Api,
  { requestSync, cancelJob, endpointStore, jobStore }: Dependencies,
): void {
  api.add({
    path: "plugins/proxbox/endpoints/proxmox/:id/sync/",
    name: "Proxmox Endpoint Sync",
    open: true,
    handlers: {
      POST: async (exchange) => {
        requireToEnqueue(exchange);
        const id = parseId(exchange, endpoints.model);
        const endpoint = await endpointStore.get(id, exchange.restrict(endpoints, endpointStore, "view"));
        if (endpoint === null) throw noSuchObject(endpoints.model);
        const syncTypes = parseSyncTypes(requireObject(await exchange.readBody()));
        if (endpoint["enabled"] !== true) {
          throw refuse(400, `${endpoints.display(endpoint)} is disabled. Enable it to sync it.`);
        }
        const { user } = exchange.caller;
        return accepted(
          exchange,
          await requestSync({ mode: "individual", endpointIds: [endpoint.id], syncTypes, user }),
        );
      },
    },
  });
  api.add({
    path: "plugins/proxbox/sync/full/",
    name: "Full Sync",
    open: true,
    handlers: {
      POST: async (exchange) => {
        requireToEnqueue(exchange);
        const syncTypes = parseSyncTypes(requireObject(await exchange.readBody()));
        const { user } = exchange.caller;
        return accepted(exchange, await requestSync({ mode: "full", endpointIds: null, syncTypes, user }));
      },
    },
  });
  api.add({
    path: "plugins/proxbox/jobs/:id/cancel/",
    name: "Job Cancel",
    admits: (caller) => may(caller, jobs, "delete"),
    handlers: { POST: cancel },
  });

  async function accepted({ links }: Exchange, { jobId }: { readonly jobId: number }): Promise<Reply> {
    const row = await jobStore.get(jobId);
    if (row === null) throw new Error(`Job ${jobId} was accepted and is not stored`);
    return {
      status: 202,
      body: toWire(jobs.fields, { row, links }),
      headers: { Location: links.api(`${jobs.path}/${jobId}/`) },
    };
  }

  async function cancel(exchange: Exchange): Promise<Reply> {
    const jobId = parseId(exchange, jobs.model);
    for (const action of ["view", "delete"]) {
      const row = await jobStore.get(jobId, exchange.restrict(jobs, jobStore, action));
      if (row === null) throw noSuchObject(jobs.model);
    }
    const outcome = await cancelJob(jobId);
    if (outcome === null) throw noSuchObject(jobs.model);
    const detail = outcome.cancelled
      ? "Job has been cancelled."
      : "Job was already finished; no changes were made.";
    return { status: 200, body: { ok: true, job_id: jobId, status: outcome.status, detail } };
  }
}

/** Whoever may add jobs may have the service add them (contract section 7.2). */
function requireToEnqueue({ caller }: Exchange): void {
  if (!may(caller, jobs, "add")) throw refuse(403, "You do not have permission to enqueue sync jobs.");
}

function parseId({ params }: Exchange, model: string): number {
  const text = params["id"] ?? "";
  if (!/^-?\d+$/.test(text)) throw notFound();
  const id = Number(text);
  if (id <= 0 || id > 2_147_483_647) throw noSuchObject(model);
  return id;
}
