import { setTimeout as delay } from "node:timers/promises";

/**
 * Asks again and again until the answer is yes; `onWaiting` hears of the first no. A question that throws counts as no.
 * Throws the reason of the signal when that aborts.
 */
export async function waitUntil(
  check: () => Promise<boolean>,
  {
    everyMs,
    signal,
    onWaiting,
  }: { everyMs: number; signal: AbortSignal; onWaiting: (error?: unknown) => void },
): Promise<void> {
  let told = false;
  while (!(await answer())) await delay(everyMs, undefined, { signal });

  async function answer(): Promise<boolean> {
    signal.throwIfAborted();
    try {
      if (await check()) return true;
      tell();
      return false;
    } catch (error) {
      tell(error);
      return false;
    }
  }

  function tell(error?: unknown): void {
    if (!told) onWaiting(error);
    told = true;
  }
}
