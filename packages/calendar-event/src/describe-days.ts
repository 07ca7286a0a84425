import { valuesOf } from "./calendar-field.ts";
import type { CalendarEvent } from "./calendar-event.ts";
import { describeField } from "./describe-field.ts";
import { limits } from "./field-limits.ts";
import { weekdayNames } from "./weekday-names.ts";
import { nameRun, numberList, runsOf, wordList } from "./word-list.ts";

const monthNames = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
] as const;

/**
 * On which days: `Monday to Friday`, `on the 1st of every month`, `on the 1st to 7th of every month if it is Saturday`; null
 * for every day.
 */
export function describeDays(event: CalendarEvent): string | null {
  const date = describeDate(event);
  if (event.weekdays === "every") return date;
  const weekdays = weekdayParts(event.weekdays);
  return date === null ? wordList(weekdays) : `${date} if it is ${wordList(weekdays, "or")}`;
}

function weekdayParts(weekdays: readonly number[]): string[] {
  const runs = runsOf(weekdays);
  const [first, ...others] = runs;
  const last = others.pop();
  const wraps = first?.[0] === 1 && last?.at(-1) === 7;
  const wrapped = wraps ? [...others, [...last, ...first]] : runs;
  return wrapped.flatMap((run) => nameRun(run, (weekday) => weekdayNames[weekday - 1] ?? String(weekday)));
}

function describeDate(event: CalendarEvent): string | null {
  const days = describeField(event.day, limits.day, ordinal);
  const months = describeMonths(event);
  const years = describeYears(event);
  if (days === null && months === null && years === null) return null;
  return [
    days === null ? "every day" : `on the ${days}`,
    months === null ? (days === null ? "" : " of every month") : ` of ${months}`,
    years === null ? "" : ` in ${years}`,
  ].join("");
}

function describeMonths(event: CalendarEvent): string | null {
  const months = valuesOf(event.month, limits.month.min, limits.month.max);
  if (months.length === limits.month.max) return null;
  return numberList(months, (month) => monthNames[month - 1] ?? String(month));
}

function describeYears(event: CalendarEvent): string | null {
  if (event.year === "every") return null;
  const years = describeField(event.year, limits.year) ?? `${limits.year.min} to ${limits.year.max}`;
  return /^\d+$/.test(years) ? years : `the years ${years}`;
}

function ordinal(day: number): string {
  const endings = ["th", "st", "nd", "rd"];
  const ending = day > 10 && day < 14 ? "th" : (endings[day % 10] ?? "th");
  return `${day}${ending}`;
}
