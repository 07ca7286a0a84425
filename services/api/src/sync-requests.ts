import { createJobs, type Database } from "@proxbox/database";
import type { RunProducer } from "@proxbox/queue";
import type { Logger } from "@proxbox/service";
import type { CancelJob, RequestSync } from "./sync-routes.ts";

/** Rows first, queue second: what the queue does not take now, the scheduler's sweep hands over later (rule R9). */
export function createSyncRequests({
  database,
  producer,
  log,
}: {
  readonly database: Database;
  readonly producer: Pick<RunProducer, "enqueue" | "remove">;
  readonly log: Logger;
}): { readonly requestSync: RequestSync; readonly cancelJob: CancelJob } {
  const jobs = createJobs(database);

  async function handOver(jobId: number, runIds: readonly string[]): Promise<void> {
    try {
      for (const runId of runIds) await producer.enqueue(runId);
      await jobs.markEnqueued(runIds);
    } catch (error) {
      log.warn("the queue did not take the runs; the sweep will hand them over", { jobId, error });
      return;
    }
  }

  /** A delivery that stays finds its run ended, and does nothing. */
  async function takeBack(jobId: number, runIds: readonly string[]): Promise<void> {
    try {
      for (const runId of runIds) await producer.remove(runId);
    } catch (error) {
      log.debug("deliveries of a cancelled job stay in the queue", { jobId, error });
      return;
    }
  }

  return {
    async requestSync({ mode, endpointIds, syncTypes, user }) {
      const { runIds, ...accepted } = await jobs.request({
        mode,
        name: "Proxbox Sync",
        syncTypes,
        endpointIds,
        user: user === null ? null : { id: user.id, name: user.username },
      });
      await handOver(accepted.jobId, runIds);
      return accepted;
    },

    async cancelJob(jobId) {
      const outcome = await jobs.cancel(jobId, "Cancelled via API.");
      if (outcome !== null) await takeBack(jobId, outcome.runIds);
      return outcome;
    },
  };
}
