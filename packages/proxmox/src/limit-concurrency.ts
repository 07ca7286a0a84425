import { untilAborted } from "./until-aborted.ts";

/**
 * At most `limit` of the given tasks run at a time; others wait in order. Returns what the task returns; throws the
 * abort reason when `signal` aborts while waiting. (Agents count sockets only once they are connected, so their own
 * limit lets a burst through.)
 */
export type ConcurrencyLimit = <T>(signal: AbortSignal, task: () => Promise<T>) => Promise<T>;

export function limitConcurrency(limit: number): ConcurrencyLimit {
  let running = 0;
  const waiting = new Set<() => void>();

  async function turn(signal: AbortSignal): Promise<void> {
    if (running < limit) {
      running += 1;
      return;
    }
    let admit: () => void = () => undefined;
    const admitted = new Promise<void>((resolve) => (admit = resolve));
    waiting.add(admit);
    try {
      await untilAborted(admitted, signal);
    } catch (error) {
      // Already admitted, but nobody is there any more: the turn goes to the next.
      if (!waiting.delete(admit)) leave();
      throw error;
    }
  }

  function leave(): void {
    const [next] = waiting;
    if (next === undefined) {
      running -= 1;
      return;
    }
    waiting.delete(next);
    next();
  }

  return async (signal, task) => {
    await turn(signal);
    try {
      return await task();
    } finally {
      leave();
    }
  };
}
