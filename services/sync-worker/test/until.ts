import { setTimeout as delay } from "node:timers/promises";

/** Looks every few milliseconds; throws when it does not come true in time. */
export async function until<T>(
  what: string,
  look: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  withinMs = 60_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (seen !== null && seen !== undefined && seen !== false) return seen;
    if (Date.now() > deadline) throw new Error(`not in time: ${what}`);
    await delay(10);
  }
}
