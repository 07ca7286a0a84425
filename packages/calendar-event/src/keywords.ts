import type { CalendarEvent, CalendarField } from "./calendar-event.ts";

/** What a schedule says apart from its text and its zone. */
export type CalendarFields = Omit<CalendarEvent, "text" | "utc">;

/** A field that may only be one of these numbers. */
export function exactly(...values: number[]): CalendarField {
  return values.map((value) => ({ first: value, last: value, step: 1 }));
}

/** Every second. */
const everySecond: CalendarFields = {
  weekdays: "every",
  year: "every",
  month: "every",
  day: "every",
  hour: "every",
  minute: "every",
  second: "every",
};
const minutely: CalendarFields = { ...everySecond, second: exactly(0) };
const hourly: CalendarFields = { ...minutely, minute: exactly(0) };

/** Every day at 00:00:00, which is also what a schedule without a time means. */
export const daily: CalendarFields = { ...hourly, hour: exactly(0) };

const monthly: CalendarFields = { ...daily, day: exactly(1) };
const semiannually: CalendarFields = { ...monthly, month: exactly(1, 7) };
const yearly: CalendarFields = { ...monthly, month: exactly(1) };

/** Contract section 9: only in lower case, and alone but for `UTC`. */
export const keywords: ReadonlyMap<string, CalendarFields> = new Map([
  ["minutely", minutely],
  ["hourly", hourly],
  ["daily", daily],
  ["weekly", { ...daily, weekdays: [1] }],
  ["monthly", monthly],
  ["quarterly", { ...monthly, month: exactly(1, 4, 7, 10) }],
  ["semiannually", semiannually],
  ["semi-annually", semiannually],
  ["yearly", yearly],
  ["annually", yearly],
]);
