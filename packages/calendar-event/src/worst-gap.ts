import { valuesOf } from "./calendar-field.ts";
import type { CalendarEvent } from "./calendar-event.ts";
import { DAY, toDayNumber } from "./civil-date.ts";
import { limits } from "./field-limits.ts";
import { longestDayGap } from "./longest-day-gap.ts";
import { eventClock, firstEvent } from "./next-event.ts";
import { nested, POINT, type Span } from "./span.ts";
import type { ZoneClock } from "./zone-clock.ts";

/** In 28 years every date meets every weekday, and with that every way a clock change can meet a schedule. */
const YEARS_OF_CHANGES = { from: 2024, until: 2052 };

/**
 * The longest time in seconds between two consecutive events: how old the last event can be at most. Null when there is no
 * such bound: the schedule names years, so that it ends, or it never happens.
 *
 * Without a zone, and for a schedule in UTC, this is exact over the whole 400-year cycle of the calendar. With a zone it
 * also covers all gaps over the clock changes from 2024 to 2051 as Intl foresees them, where a skipped event makes the
 * gap of `2:30` 47 hours and the day of 25 hours that of `sat 03:00` a week and an hour. It may exceed the truth by the
 * length of a clock change, when that always falls into the longest gap.
 *
 * Where clocks change by an hour at most, two gaps without the zone are never less than one gap with it.
 * @throws RangeError for an unknown zone
 */
export function worstGap(event: CalendarEvent, timeZone = "UTC"): number | null {
  const plain = plainGap(event);
  return plain === null ? null : gapOverChanges(event, eventClock(event, timeZone), plain);
}

/** The longest gap on a clock that is never changed. */
function plainGap(event: CalendarEvent): number | null {
  if (event.year !== "every") return null;
  const days = longestDayGap(event);
  if (days === null) return null;
  const times = timesOfDay(event);
  return Math.max(times.gap, days * DAY - times.last + times.first);
}

/** The longest gap, or that over a change of the clock if this is longer. */
function gapOverChanges(event: CalendarEvent, clock: ZoneClock, plain: number): number | null {
  let worst = plain;
  const from = toDayNumber({ year: YEARS_OF_CHANGES.from, month: 1, day: 1 }) * DAY;
  const until = toDayNumber({ year: YEARS_OF_CHANGES.until, month: 1, day: 1 }) * DAY;
  for (const change of clock.changes(from, until)) {
    const next = firstEvent(event, change, clock);
    if (next === null) return null;
    if (isEventBetween(event, clock, { from: next - worst, until: change })) continue;
    // An event may be skipped and days may be longer.
    const earliest = change - 2 * plain - 2 * DAY;
    if (!isEventBetween(event, clock, { from: earliest, until: change })) return null;
    worst = next - lastEvent(event, clock, { from: earliest, until: change });
  }
  return worst;
}

function isEventBetween(event: CalendarEvent, clock: ZoneClock, { from, until }: Period): boolean {
  const found = firstEvent(event, from, clock);
  return found !== null && found < until;
}

/** The last event of a period that has one, by bisection. */
function lastEvent(event: CalendarEvent, clock: ZoneClock, { from, until }: Period): number {
  let [low, high] = [from, until];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isEventBetween(event, clock, { from: middle, until })) low = middle;
    else high = middle;
  }
  return low;
}

/** From `from` to before `until`. */
interface Period {
  readonly from: number;
  readonly until: number;
}

/** The events of a day that has any. */
function timesOfDay(event: CalendarEvent): Span {
  const hours = valuesOf(event.hour, limits.hour.min, limits.hour.max);
  const minutes = valuesOf(event.minute, limits.minute.min, limits.minute.max);
  const seconds = valuesOf(event.second, limits.second.min, limits.second.max);
  return nested(hours, 3600, nested(minutes, 60, nested(seconds, 1, POINT)));
}
