import { createRuns, type Database } from "@proxbox/database";
import { createConsumer, type QueueBackend, type RunConsumer } from "@proxbox/queue";
import type { Logger, SecretBox } from "@proxbox/service";
import type { SyncWorkerSettings } from "./config.ts";
import { syncRun } from "./sync-run.ts";

/** A run that took this many workers down with it is given up. */
const maxAttempts = 5;

export interface SyncWorkerOptions {
  readonly database: Database;
  readonly queue: QueueBackend;
  readonly queueName?: string;
  readonly secrets: Pick<SecretBox, "open">;
  readonly settings: SyncWorkerSettings;
  readonly log: Logger;
}

/** Consumes runs until it is closed. */
export function createSyncWorker({
  database,
  queue,
  queueName,
  secrets,
  settings,
  log,
}: SyncWorkerOptions): RunConsumer {
  const runs = createRuns(database, { leaseMs: settings.LEASE_MS, maxAttempts });
  return createConsumer(
    queue,
    {
      ...(queueName === undefined ? {} : { queueName }),
      concurrency: settings.SYNC_CONCURRENCY,
      lockDurationMs: settings.QUEUE_LOCK_MS,
      stalledIntervalMs: settings.QUEUE_STALLED_MS,
      drainTimeoutMs: settings.DRAIN_MS,
      log,
      // The row stays unfinished, so the sweep hands it over again; its attempts are counted in PostgreSQL.
      onLost: () => Promise.resolve(),
    },
    syncRun({
      runs,
      secrets,
      log,
      heartbeatMs: settings.HEARTBEAT_MS,
      connectionDefaults: {
        timeoutMs: settings.PROXMOX_TIMEOUT_MS,
        maxRetries: settings.PROXMOX_MAX_RETRIES,
        retryBackoffMs: settings.PROXMOX_RETRY_BACKOFF_MS,
      },
    }),
  );
}
