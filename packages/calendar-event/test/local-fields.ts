import type { GeneratedSchedule } from "./arbitraries.ts";

const weekdayNumbers: Readonly<Record<string, number>> = {
  Mon: 1,
  Tue: 2,
  Wed: 3,
  Thu: 4,
  Fri: 5,
  Sat: 6,
  Sun: 7,
};

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known !== undefined) return known;
  const formatter = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    weekday: "short",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  formatters.set(timeZone, formatter);
  return formatter;
}

/** What calendar and clock show in a zone, read from Intl without any arithmetic of the package. */
function localFields(time: number, timeZone: string): Record<string, number> {
  const parts = formatterOf(timeZone).formatToParts(time * 1000);
  return Object.fromEntries(
    parts.map(({ type, value }) => [type, weekdayNumbers[value] ?? Number(value)] as const),
  );
}

/** Whether a second is an event of the schedule, judged by what the generator says that it means. */
export function isEvent(schedule: GeneratedSchedule, time: number, timeZone: string): boolean {
  const local = localFields(time, schedule.utc ? "UTC" : timeZone);
  const fields = ["second", "minute", "hour", "weekday", "day", "month", "year"] as const;
  return fields.every((field) => schedule[field]?.has(local[field] ?? NaN) ?? true);
}
