import type { CalendarEvent } from "./calendar-event.ts";
import { DAY } from "./civil-date.ts";
import { nextReading, type Rounds } from "./next-reading.ts";
import { LAST_TIME, zoneClock, type ZoneClock } from "./zone-clock.ts";

/** An instant: a Date, or seconds since 1970-01-01 00:00:00 UTC. Fractions of a second are cut off. */
export type Instant = Date | number;

/** Contract section 9: after so many rounds there is no next event. */
const MAX_ROUNDS = 1000;

/** More than any two offsets differ (at most 31 hours, in the 19th century). */
const OFFSET_SPREAD = 2 * DAY;

/**
 * The Unix time in seconds of the first event strictly after `after`; null when there is none.
 *
 * `timeZone` is the IANA name of the zone of the node that runs the schedule; the schedule's own `UTC` wins over it. A
 * local time that is skipped when clocks go forward does not happen that day. In the hour that comes twice when clocks go
 * back both passes count, so `2:30` happens twice that day and every 15 minutes stays every 15 minutes; Proxmox VE itself
 * is not dependable there (contract section 9).
 *
 * The work is bounded: a schedule that does not happen within some hundred years, such as February 30th, has no next
 * event.
 * @throws RangeError for an unknown zone or an invalid instant
 */
export function nextEvent(event: CalendarEvent, after: Instant, timeZone: string): number | null {
  return firstEvent(event, toSeconds(after) + 1, eventClock(event, timeZone));
}

/**
 * The next `count` events strictly after `after`, ascending, by the rules of {@link nextEvent}; fewer when the schedule
 * ends.
 * @throws RangeError for an unknown zone, an invalid instant or a count that is no whole number from 0
 */
export function nextEvents(
  event: CalendarEvent,
  after: Instant,
  timeZone: string,
  count: number,
): readonly number[] {
  if (!Number.isSafeInteger(count) || count < 0) {
    throw new RangeError(`count must be a whole number from 0, not ${count}`);
  }
  const clock = eventClock(event, timeZone);
  const events: number[] = [];
  let last = toSeconds(after);
  while (events.length < count) {
    const next = firstEvent(event, last + 1, clock);
    if (next === null) break;
    events.push(next);
    last = next;
  }
  return events;
}

/** The clock that counts for the event: UTC when the schedule says so, else that of the zone. */
export function eventClock(event: CalendarEvent, timeZone: string): ZoneClock {
  return zoneClock(event.utc ? "UTC" : timeZone);
}

function toSeconds(instant: Instant): number {
  const seconds = Math.floor(typeof instant === "number" ? instant : instant.getTime() / 1000);
  if (!(Math.abs(seconds) < LAST_TIME)) throw new RangeError(`not an instant: ${String(instant)}`);
  return seconds;
}

/** The first event at or after the second `from`. */
export function firstEvent(event: CalendarEvent, from: number, clock: ZoneClock): number | null {
  const rounds: Rounds = { left: MAX_ROUNDS };
  let time = from;
  let stretch = clock.stretchAt(time);
  let unmovedSince = time;
  while (rounds.left > 0) {
    const reading = nextReading(event, time + stretch.offset, rounds);
    const candidate = reading === null ? Infinity : reading - stretch.offset;
    if (candidate < stretch.until) return candidate;

    // A clock that goes back shortly after `unmovedSince` may show readings from before it once more, so stretches are
    // walked one by one at first. Later all readings are new, and none matches before the candidate's.
    const walkUntil = unmovedSince + OFFSET_SPREAD;
    if (stretch.until >= walkUntil && reading === null) return null;
    const jumps = stretch.until >= walkUntil;
    time = jumps ? Math.max(stretch.until, candidate - OFFSET_SPREAD) : stretch.until;
    const { offset } = stretch;
    stretch = clock.stretchAt(time);
    if (jumps || stretch.offset !== offset) unmovedSince = time;
    rounds.left -= 1;
  }
  return null;
}
