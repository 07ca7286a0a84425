import { isIPv6 } from "node:net";
import { setTimeout } from "node:timers/promises";

/** Slows down whoever guesses. Those who know a secret never meet it. */
export interface GuessBrake {
  /** Notes a wrong guess from an address, and ends when it may be answered. */
  failed(address: string | undefined): Promise<void>;
}

export interface GuessBrakeOptions {
  /** Milliseconds of a clock. */
  readonly now?: () => number;
  readonly wait?: (ms: number) => Promise<unknown>;
}

/** Mistyping is human: so many wrong guesses are answered at once. */
const freeGuesses = 20;
const firstDelayMs = 250;
const longestDelayMs = 5_000;
/** Guesses of one source are answered one after another, but none waits longer. */
const longestWaitMs = 10_000;
/** A source that guesses no more begins anew after this time. */
const forgottenAfterMs = 600_000;
/** Beyond so many sources the one that was quiet for longest is forgotten. */
const mostSources = 10_000;

interface Source {
  readonly failures: number;
  readonly lastFailure: number;
  readonly busyUntil: number;
}

/** Counts wrong guesses per source address, in bounded memory, and delays the answers to those beyond the first few. */
export function createGuessBrake({
  now = Date.now,
  wait = (ms) => setTimeout(ms, undefined, { ref: false }),
}: GuessBrakeOptions = {}): GuessBrake {
  const sources = new Map<string, Source>();

  function note(key: string, time: number): number {
    const known = sources.get(key);
    const isFresh = known !== undefined && time - known.lastFailure < forgottenAfterMs;
    const failures = (isFresh ? known.failures : 0) + 1;
    const delay =
      failures <= freeGuesses
        ? 0
        : Math.min(firstDelayMs * 2 ** Math.min(failures - freeGuesses - 1, 16), longestDelayMs);
    const begin = Math.max(time, isFresh ? known.busyUntil : 0);
    const answerAt = Math.min(begin + delay, time + longestWaitMs);
    // Written anew, it is the latest of the map, and the first one is the quietest.
    sources.delete(key);
    sources.set(key, { failures, lastFailure: time, busyUntil: answerAt });
    if (sources.size > mostSources) sources.delete(sources.keys().next().value ?? "");
    return answerAt - time;
  }

  return {
    async failed(address) {
      const ms = note(sourceOf(address), now());
      if (ms > 0) await wait(ms);
    },
  };
}

/** One IPv4 address, or one IPv6 network of 64 bits: inside of it anybody takes as many addresses as he likes. */
function sourceOf(address: string | undefined): string {
  if (address === undefined) return "unknown";
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "").toLowerCase();
  if (!isIPv6(plain)) return plain;
  const [head = "", tail] = plain.split("%")[0]?.split("::") ?? [];
  const groups = head === "" ? [] : head.split(":");
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === "" ? 0 : tail.split(":").length);
  const all = [...groups, ...Array.from({ length: missing }, () => "0"), ...(tail ?? "").split(":")];
  return all
    .slice(0, 4)
    .map((group) => Number.parseInt(group || "0", 16).toString(16))
    .join(":");
}
