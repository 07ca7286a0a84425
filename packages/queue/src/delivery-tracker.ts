import { DeliveryInterrupted, type InterruptionCode } from "./queue-error.ts";

/** A delivery in the hands of a handler of this process. */
interface TrackedDelivery {
  /** Aborts when the delivery is interrupted. */
  readonly signal: AbortSignal;
  /** The last reason why it was interrupted; null when it was not. */
  readonly interruption: InterruptionCode | null;
  end(): void;
}

export interface DeliveryTracker {
  /** A delivery whose handler still runs while its job is delivered again has lost its lock, and is interrupted. */
  begin(jobId: string): TrackedDelivery;
  /** Interrupts the deliveries of one job, or all of them. */
  interrupt(code: InterruptionCode, jobId?: string): void;
  /** Resolves when no handler runs. */
  idle(): Promise<void>;
}

export function trackDeliveries(): DeliveryTracker {
  const running = new Set<RunningDelivery>();
  let waiting: (() => void)[] = [];

  function interrupt(code: InterruptionCode, jobId?: string): void {
    for (const delivery of running) {
      if (jobId === undefined || delivery.jobId === jobId) delivery.interrupt(code);
    }
  }

  return {
    interrupt,
    begin(jobId) {
      interrupt("lock-lost", jobId);
      const delivery = new RunningDelivery(jobId, () => {
        running.delete(delivery);
        if (running.size > 0) return;
        for (const resolve of waiting) resolve();
        waiting = [];
      });
      running.add(delivery);
      return delivery;
    },
    idle: () =>
      running.size === 0 ? Promise.resolve() : new Promise((resolve) => void waiting.push(resolve)),
  };
}

class RunningDelivery implements TrackedDelivery {
  readonly jobId: string;
  readonly end: () => void;
  interruption: InterruptionCode | null = null;
  readonly #controller = new AbortController();

  constructor(jobId: string, end: () => void) {
    this.jobId = jobId;
    this.end = end;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  interrupt(code: InterruptionCode): void {
    this.interruption = code;
    this.#controller.abort(new DeliveryInterrupted(code));
  }
}
