import { z } from "zod";

const milliseconds = (initial: number) => z.coerce.number().int().positive().default(initial);

/** The environment of the sync worker. Durations carry their unit in the name. */
export const syncWorkerSettings = z.object({
  SYNC_CONCURRENCY: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .default(4)
    .describe("Endpoints that one worker syncs at a time"),
  LEASE_MS: milliseconds(10_000).describe(
    "How long an endpoint belongs to a worker that gives no sign of life",
  ),
  HEARTBEAT_MS: milliseconds(2_000).describe("How often a worker gives a sign of life, and sees a cancel"),
  QUEUE_LOCK_MS: milliseconds(15_000).describe(
    "How long a delivery belongs to a worker that gives no sign of life",
  ),
  QUEUE_STALLED_MS: milliseconds(10_000).describe("How often deliveries of vanished workers are looked for"),
  DRAIN_MS: z.coerce
    .number()
    .int()
    .positive()
    // A process that has not stopped after 30 s is ended; what a drain interrupts needs a part of that.
    .max(20_000)
    .default(20_000)
    .describe("How long a stop waits for runs under way, at most 20000"),
  PROXMOX_TIMEOUT_MS: milliseconds(30_000).describe(
    "Longest call to Proxmox, where the endpoint does not say",
  ),
  PROXMOX_MAX_RETRIES: z.coerce
    .number()
    .int()
    .min(0)
    .max(10)
    .default(2)
    .describe("Retries of a call that did not arrive"),
  PROXMOX_RETRY_BACKOFF_MS: milliseconds(500).describe("Pause before the first retry"),
});

export type SyncWorkerSettings = z.output<typeof syncWorkerSettings>;
