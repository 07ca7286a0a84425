import { setTimeout as delay } from "node:timers/promises";
import type { Lease, Runs } from "@proxbox/database";

/** The run must stop: it was cancelled, or another worker has the endpoint. */
export class LeaseGone extends Error {
  override readonly name = "LeaseGone";
}

export interface KeptLease {
  /** Aborts with LeaseGone when the lease is lost, and with the outer signal's reason when that aborts. */
  readonly signal: AbortSignal;
  readonly stop: () => void;
}

/**
 * Renews a lease in the background. This heartbeat is also how a worker hears of a cancel, which takes the lease away.
 * A renewal that fails (PostgreSQL away) is tried again: whether the lease is still ours is for the fence to say.
 */
export function keepLease(
  runs: Pick<Runs, "renew">,
  lease: Lease,
  { everyMs, signal, onError }: { everyMs: number; signal: AbortSignal; onError: (error: unknown) => void },
): KeptLease {
  const lost = new AbortController();
  const stopped = new AbortController();

  async function isOurs(): Promise<boolean> {
    try {
      return await runs.renew(lease);
    } catch (error) {
      onError(error);
      return true;
    }
  }

  async function keep(): Promise<void> {
    do await delay(everyMs, undefined, { signal: stopped.signal });
    while (await isOurs());
    lost.abort(new LeaseGone("The run was cancelled, or another worker took it over."));
  }

  // The pause ends by rejecting when it is stopped.
  keep().catch(() => undefined);
  return {
    signal: AbortSignal.any([signal, lost.signal]),
    stop: () => {
      stopped.abort();
    },
  };
}
