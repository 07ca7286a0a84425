import { valuesOf } from "./calendar-field.ts";
import type { CalendarEvent } from "./calendar-event.ts";
import { daysInMonth, GREGORIAN_CYCLE, toDayNumber, weekdayOf } from "./civil-date.ts";
import { limits } from "./field-limits.ts";
import { nested, POINT, type Span } from "./span.ts";

/**
 * Days from one day with events to the next, at most, in the 400 years after which the calendar repeats itself; null when no
 * day has events. The year field is left out.
 */
export function longestDayGap(event: CalendarEvent): number | null {
  const months = valuesOf(event.month, limits.month.min, limits.month.max);
  const spanOfMonth = monthSpans(event);
  const cycleStart = toDayNumber({ year: 2000, month: 1, day: 1 });
  let start = cycleStart;
  let first: number | null = null;
  let previous = 0;
  let longest = 0;
  for (let month = 0; start < cycleStart + GREGORIAN_CYCLE; month += 1) {
    const length = daysInMonth(2000 + (month - (month % 12)) / 12, (month % 12) + 1);
    const span = months.includes((month % 12) + 1) ? spanOfMonth(length, weekdayOf(start)) : null;
    if (span !== null) {
      const gap = first === null ? 0 : start + span.first - previous;
      longest = Math.max(longest, gap, span.gap);
      first ??= start + span.first;
      previous = start + span.last;
    }
    start += length;
  }
  return first === null ? null : Math.max(longest, first + GREGORIAN_CYCLE - previous);
}

/** The days with events, counted from 0, of a month with so many days whose first is that weekday; null for none. */
function monthSpans(event: CalendarEvent): (length: number, weekday: number) => Span | null {
  const known = new Map<number, Span | null>();
  return (length, weekday) => {
    const key = length * 8 + weekday;
    const found = known.get(key);
    if (found !== undefined) return found;
    const days = valuesOf(event.day, limits.day.min, length)
      .map((day) => day - 1)
      .filter((day) => event.weekdays === "every" || event.weekdays.includes(((weekday - 1 + day) % 7) + 1));
    const span = days.length === 0 ? null : nested(days, 1, POINT);
    known.set(key, span);
    return span;
  };
}
