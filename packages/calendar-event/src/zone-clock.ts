/** A time in which a zone's clock is not moved. */
interface ZoneStretch {
  /** Seconds to add to Unix time for the clock's reading. */
  readonly offset: number;
  /** Unix time of the first second that does not certainly belong to it. */
  readonly until: number;
}

/** The clocks of one time zone. */
export interface ZoneClock {
  stretchAt(time: number): ZoneStretch;
  /** Unix times, ascending: the first second after each change of the clock from `from` to before `until`. */
  changes(from: number, until: number): number[];
}

/** About three days: no zone moves its clock and moves it back within so short a time. */
const BLOCK = 2 ** 18;
/** The last second of JavaScript's Date. Beyond it the offset is taken as constant. */
export const LAST_TIME = 8.64e12;
/** Bounds the memory that unusual requests can take; years of one zone need far less. */
const MAX_CACHED_BLOCKS = 20_000;
const MAX_CACHED_ZONES = 1_000;

const utcClock: ZoneClock = { stretchAt: () => ({ offset: 0, until: Infinity }), changes: () => [] };
const clocks = new Map<string, ZoneClock>();

/**
 * The clocks of an IANA time zone, such as `Europe/Vienna`, as this runtime's Intl knows them.
 * @throws RangeError when Intl does not know the zone
 */
export function zoneClock(timeZone: string): ZoneClock {
  if (timeZone === "UTC") return utcClock;
  const known = clocks.get(timeZone);
  if (known !== undefined) return known;
  const clock = createClock(timeZone);
  if (clocks.size >= MAX_CACHED_ZONES) clocks.clear();
  clocks.set(timeZone, clock);
  return clock;
}

function createClock(timeZone: string): ZoneClock {
  const formatter = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" });
  const offsetAt = (time: number) => readOffset(formatter.format(clampTime(time) * 1000));

  const offsets = new Map<number, number>();
  const changesIn = new Map<number, number>();

  const blockOffset = (block: number) => {
    const known = offsets.get(block);
    if (known !== undefined) return known;
    if (offsets.size >= MAX_CACHED_BLOCKS) offsets.clear();
    const offset = offsetAt(block * BLOCK);
    offsets.set(block, offset);
    return offset;
  };

  const changeIn = (block: number) => {
    const known = changesIn.get(block);
    if (known !== undefined) return known;
    if (changesIn.size >= MAX_CACHED_BLOCKS) changesIn.clear();
    const change = firstOther(offsetAt, block * BLOCK, (block + 1) * BLOCK);
    changesIn.set(block, change);
    return change;
  };

  return {
    stretchAt(time) {
      const block = Math.floor(time / BLOCK);
      const end = (block + 1) * BLOCK;
      const offset = blockOffset(block);
      const nextOffset = blockOffset(block + 1);
      if (offset === nextOffset) return { offset, until: end };
      const change = changeIn(block);
      return time < change ? { offset, until: change } : { offset: nextOffset, until: end };
    },
    changes(from, until) {
      const changes: number[] = [];
      for (let block = Math.floor(from / BLOCK); block * BLOCK < until; block += 1) {
        if (blockOffset(block) === blockOffset(block + 1)) continue;
        const change = changeIn(block);
        if (change >= from && change < until) changes.push(change);
      }
      return changes;
    },
  };
}

function clampTime(time: number): number {
  return Math.max(-LAST_TIME, Math.min(LAST_TIME, time));
}

/** Bisection for the first second whose offset is not that of `from`; the offset of `to` is known to differ. */
function firstOther(offsetAt: (time: number) => number, from: number, to: number): number {
  const before = offsetAt(from);
  let [low, high] = [from, to];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle) === before) low = middle;
    else high = middle;
  }
  return high;
}

/** From Intl's `GMT`, `GMT+01:00` or, before zones were standardised, `GMT-00:44:30`. */
function readOffset(formatted: string): number {
  const match = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(formatted);
  if (match === null) throw new Error(`Intl wrote an offset in an unknown form: ${formatted}`);
  const [, sign, hours = "0", minutes = "0", seconds = "0"] = match;
  const offset = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return sign === "-" ? -offset : offset;
}
