import { setTimeout as delay } from "node:timers/promises";

/** What was started, in order, so that it can be stopped in reverse order. */
export interface Lifecycle {
  /** Aborted when stopping begins: a start that still waits for something gives up. */
  readonly signal: AbortSignal;
  /** Registers how to stop what has just been started. Throws once everything is stopped. */
  onStop(name: string, stop: () => Promise<void> | void): void;
  /**
   * Stops everything, latest first, one after the other; a failure does not keep the rest from being stopped.
   * Asked again, it returns the same promise. Rejects with StopError when something failed or the deadline passed.
   */
  stop(): Promise<void>;
}

/** How a lifecycle stops. */
export interface LifecycleOptions {
  /** For all stops together. Default 30 s. */
  readonly stopTimeoutMs?: number;
  /** What `stop()` lets come to its end first, whatever that is: a start that is still registering things. */
  readonly startup?: () => Promise<unknown>;
}

/** Stopping was not clean. `failures` has one error per thing that did not stop. */
export class StopError extends Error {
  readonly code: "stop-failed" | "stop-timeout";
  readonly failures: readonly Error[];

  constructor(code: StopError["code"], message: string, failures: readonly Error[] = []) {
    super(message, { cause: failures[0] });
    this.name = "StopError";
    this.code = code;
    this.failures = failures;
  }
}

/** Creates an empty lifecycle. It knows nothing of the process it is in, so one can be nested in another. */
export function createLifecycle({ stopTimeoutMs = 30_000, startup }: LifecycleOptions = {}): Lifecycle {
  const abort = new AbortController();
  const started: { name: string; stop: () => Promise<void> | void }[] = [];
  let current = "start";
  let stopped = false;
  let stopping: Promise<void> | undefined;

  const stopAll = async (): Promise<void> => {
    const failures: Error[] = [];
    await Promise.allSettled([startup?.()]);
    for (let latest = started.pop(); latest !== undefined; latest = started.pop()) {
      current = latest.name;
      const [result] = await Promise.allSettled([Promise.resolve().then(latest.stop)]);
      if (result.status === "rejected") {
        failures.push(new Error(`${latest.name} did not stop cleanly`, { cause: result.reason }));
      }
    }
    stopped = true;
    if (failures.length === 0) return;
    throw new StopError("stop-failed", failures.map(({ message }) => message).join(", "), failures);
  };
  return {
    signal: abort.signal,
    onStop(name, stop) {
      if (stopped) throw new Error(`${name} was started after everything had been stopped`);
      started.push({ name, stop });
    },
    stop() {
      abort.abort();
      stopping ??= withDeadline(stopAll(), stopTimeoutMs, () => current);
      return stopping;
    },
  };
}

async function withDeadline(
  stopping: Promise<void>,
  timeoutMs: number,
  current: () => string,
): Promise<void> {
  const settled = new AbortController();
  const deadline = delay(timeoutMs, "late", { signal: settled.signal });
  try {
    if ((await Promise.race([stopping, deadline])) !== "late") return;
    throw new StopError("stop-timeout", `${current()} did not stop within ${timeoutMs} ms`);
  } finally {
    settled.abort();
    // Whoever lost the race rejects unheard: the aborted timer, or a stop that fails after it was given up.
    void Promise.allSettled([deadline, stopping]);
  }
}
