import { z } from "zod";

/**
 * The jobs that travel through the queue, and how each is retried. A name is stable data: jobs outlive deployments.
 * Data is parsed where it is enqueued and again where it is delivered.
 */
export const jobCatalogue = {
  /** Deliver one run to a worker. The run itself is a row of PostgreSQL with this id. */
  "sync-run": {
    data: z.object({ runId: z.uuid() }),
    /** Deliveries that end in a thrown error before BullMQ gives up; interrupted and postponed ones do not count. */
    attempts: 5,
    /** Exponential: about 1, 2, 4 and 8 seconds, each shortened by up to half so that runs do not retry together. */
    backoff: { type: "exponential", delay: 1_000, jitter: 0.5 },
  },
} as const;

/** What a `sync-run` job carries. */
export type SyncRunData = z.infer<(typeof jobCatalogue)["sync-run"]["data"]>;

/** The queue all processes of one installation share. */
export const defaultQueueName = "runs";
