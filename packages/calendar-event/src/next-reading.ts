import { atOrAfter } from "./calendar-field.ts";
import type { CalendarEvent } from "./calendar-event.ts";
import { DAY, daysInMonth, toCivilDate, toDayNumber, weekdayOf } from "./civil-date.ts";
import { limits } from "./field-limits.ts";

/** How much more work a search may do. Shared by all steps of one search, which count it down. */
export interface Rounds {
  left: number;
}

/**
 * The first reading of a clock, at or after `reading`, that matches all fields; null when there is none or the rounds are
 * used up. A reading is the local date and time as seconds since 1970-01-01 00:00:00 on that clock.
 */
export function nextReading(event: CalendarEvent, reading: number, rounds: Rounds): number | null {
  const today = Math.floor(reading / DAY);
  const day = nextDay(event, today, rounds);
  if (day === null) return null;
  const time = nextTimeOfDay(event, day === today ? reading - today * DAY : 0);
  if (time !== null) return day * DAY + time;
  return nextReading(event, (today + 1) * DAY, rounds);
}

function nextDay(event: CalendarEvent, from: number, rounds: Rounds): number | null {
  let { year, month, day } = toCivilDate(from);
  for (; rounds.left > 0; rounds.left -= 1) {
    const matchingYear = atOrAfter(event.year, year, Infinity);
    if (matchingYear === null) return null;
    if (matchingYear > year) [year, month, day] = [matchingYear, 1, 1];

    const matchingMonth = atOrAfter(event.month, month, limits.month.max);
    if (matchingMonth === null) {
      [year, month, day] = [year + 1, 1, 1];
      continue;
    }
    if (matchingMonth > month) [month, day] = [matchingMonth, 1];

    const matchingDay = dayOfMonth(event, { year, month, day });
    if (matchingDay !== null) return matchingDay;
    [month, day] = [month + 1, 1];
  }
  return null;
}

function dayOfMonth(event: CalendarEvent, from: { year: number; month: number; day: number }): number | null {
  const length = daysInMonth(from.year, from.month);
  let day = atOrAfter(event.day, from.day, length);
  while (day !== null) {
    const dayNumber = toDayNumber({ ...from, day });
    if (event.weekdays === "every" || event.weekdays.includes(weekdayOf(dayNumber))) return dayNumber;
    day = atOrAfter(event.day, day + 1, length);
  }
  return null;
}

function nextTimeOfDay(event: CalendarEvent, from: number): number | null {
  const hour = Math.floor(from / 3600);
  const matchingHour = atOrAfter(event.hour, hour, limits.hour.max);
  if (matchingHour === null) return null;
  const time = nextTimeOfHour(event, matchingHour === hour ? from - hour * 3600 : 0);
  if (time !== null) return matchingHour * 3600 + time;
  return hour === limits.hour.max ? null : nextTimeOfDay(event, (hour + 1) * 3600);
}

function nextTimeOfHour(event: CalendarEvent, from: number): number | null {
  const minute = Math.floor(from / 60);
  const matchingMinute = atOrAfter(event.minute, minute, limits.minute.max);
  if (matchingMinute === null) return null;
  const second = atOrAfter(
    event.second,
    matchingMinute === minute ? from - minute * 60 : 0,
    limits.second.max,
  );
  if (second !== null) return matchingMinute * 60 + second;
  return minute === limits.minute.max ? null : nextTimeOfHour(event, (minute + 1) * 60);
}
