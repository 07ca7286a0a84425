import { type BegunRun, LeaseLost, type Runs } from "@proxbox/database";
import { type Failure, type RunReport, stagesOf } from "@proxbox/domain";
import { createProxmoxClient, ProxmoxError } from "@proxbox/proxmox";
import { DeliveryInterrupted, type DeliveryOutcome, type RunHandler } from "@proxbox/queue";
import { type Logger, type SecretBox, SecretError, withLogContext } from "@proxbox/service";
import { applySnapshot, SnapshotRefused } from "./apply-snapshot.ts";
import { type ConnectionDefaults, endpointConnection, EndpointMisconfigured } from "./endpoint-connection.ts";
import { fetchSnapshot } from "./fetch-snapshot.ts";
import { keepLease, LeaseGone } from "./keep-lease.ts";

export interface SyncRunDependencies {
  readonly runs: Runs;
  readonly secrets: Pick<SecretBox, "open">;
  readonly connectionDefaults: ConnectionDefaults;
  readonly heartbeatMs: number;
  readonly log: Logger;
}

const busyDelayMs = 1_000;

/**
 * One run, from its delivery to its end: take the endpoint's lease, fetch, plan and apply. Delivered twice, it does
 * nothing the second time. Whatever happens, the run's row says how it ended.
 */
export function syncRun(dependencies: SyncRunDependencies): RunHandler {
  const { runs, log } = dependencies;
  return async ({ runId }, { signal }): Promise<DeliveryOutcome> => {
    const beginning = await runs.begin(runId);
    if (beginning.kind === "ended") return { kind: "done" };
    if (beginning.kind === "busy") return { kind: "later", delayMs: busyDelayMs };
    const { lease, author } = beginning;
    return withLogContext({ jobId: lease.jobId, runId, endpointId: lease.endpointId }, async () => {
      log.info("run begun", { requestId: author.requestId });
      return doRun(beginning, signal, dependencies);
    });
  };
}

async function doRun(
  run: BegunRun,
  outer: AbortSignal,
  dependencies: SyncRunDependencies,
): Promise<DeliveryOutcome> {
  const { runs, log, heartbeatMs } = dependencies;
  const { signal, stop } = keepLease(runs, run.lease, {
    everyMs: heartbeatMs,
    signal: outer,
    onError: (error) => log.warn("lease not renewed", { error }),
  });
  try {
    await endRun(run, signal, dependencies);
    return { kind: "done" };
  } catch (error) {
    if (error instanceof LeaseGone || error instanceof LeaseLost) {
      log.warn("run given up", { error });
      return { kind: "done" };
    }
    // A shutdown, or PostgreSQL away: the run is not over, and another delivery does it again.
    log.info("run interrupted", { error });
    await runs.release(run.lease, { interrupted: isShutdown(outer) });
    throw error;
  } finally {
    stop();
  }
}

function isShutdown({ reason }: AbortSignal): boolean {
  return reason instanceof DeliveryInterrupted && reason.code === "shutdown";
}

/** Brings the run to its end, good or bad. Throws what may heal by trying again. */
async function endRun(run: BegunRun, signal: AbortSignal, dependencies: SyncRunDependencies): Promise<void> {
  const { runs, log } = dependencies;
  try {
    const report = await fetchAndApply(run, signal, dependencies);
    log.info("run ended", { stages: report.stages });
  } catch (error) {
    const failure = failureOf(error);
    if (failure === null) throw error;
    log.warn("run failed", { failure });
    await runs.fail(run, failure);
  }
}

async function fetchAndApply(
  run: BegunRun,
  signal: AbortSignal,
  { runs, secrets, connectionDefaults }: SyncRunDependencies,
): Promise<RunReport> {
  const { run: stages, skipped } = stagesOf(run.syncTypes);
  const client = createProxmoxClient(endpointConnection(run.endpoint, secrets, connectionDefaults));
  try {
    const stored = await runs.storedKeys(run.endpoint.id);
    const snapshot = await fetchSnapshot(client, { stages, stored, signal });
    return await runs.finish(run, (writer) => applySnapshot(writer, snapshot, { stages, skipped }));
  } finally {
    client.close();
  }
}

/** What ends a run for good, in words; null for what may heal by trying again. */
function failureOf(error: unknown): Failure | null {
  if (error instanceof ProxmoxError) {
    return { code: error.code, message: `${error.call}: ${error.message}` };
  }
  if (error instanceof EndpointMisconfigured || error instanceof SnapshotRefused) {
    return { code: error.code, message: error.message };
  }
  if (error instanceof SecretError) return { code: "unauthorized", message: error.message };
  return null;
}
