import { setTimeout as delay } from "node:timers/promises";

const LONGEST_PAUSE_MS = 30_000;

/**
 * Waits before retry number `retry` (from 0): twice as long each time, up to 30 s, and between half and all of that,
 * so that many clients of a returning node do not come at once. Throws the abort reason.
 */
export async function pauseBeforeRetry(retry: number, backoffMs: number, signal: AbortSignal): Promise<void> {
  const longest = Math.min(backoffMs * 2 ** retry, LONGEST_PAUSE_MS);
  try {
    await delay(longest * (0.5 + Math.random() / 2), undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
