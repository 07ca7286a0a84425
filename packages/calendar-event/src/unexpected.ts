import type { CalendarEventError } from "./calendar-event-error.ts";
import type { Scanner } from "./scanner.ts";

/** Things that other schedulers know, with what is valid here; the first that is seen counts. */
const advice: readonly (readonly [RegExp, string])[] = [
  [/~/y, "days cannot be counted from the end of the month"],
  [/\.(?!\.)/y, "there are no fractions of seconds, and a range has two dots, as in 8..17"],
  [/-/y, "a range is written with two dots, as in mon..fri or 8..17"],
  [/UTC/iy, "UTC is in capitals, stands once and ends the schedule"],
  [
    /(minute|hour|dai|week|month|quarter|semi-?annual|year|annual)ly/y,
    "a keyword stands alone, only UTC may follow it",
  ],
  [/[A-Za-z]/y, "only UTC may follow, days come first and no other zone can be named"],
  [/[0-9*]/y, "a schedule has one date and one time, minutes or hours:minutes or hours:minutes:seconds"],
  [/:/y, "a colon stands between hours, minutes and seconds"],
  [/,/y, "a list belongs to one field, and * stands alone in its field"],
  [/\/0*/y, "a step needs a number or * before it and is at least 1 after *"],
];

/** What to say about something that cannot go on like this. */
export function unexpected(scanner: Scanner): CalendarEventError {
  scanner.skipBlanks();
  const known = advice.find(([ahead]) => scanner.sees(ahead));
  const valid = known?.[1] ?? "the order is days, date, time and UTC, all but one of them optional";
  return scanner.error(`unexpected "${scanner.rest(12)}"`, valid);
}
