import { limits } from "./field-limits.ts";
import type { CalendarFields } from "./keywords.ts";
import { parseField } from "./parse-field.ts";
import type { Scanner } from "./scanner.ts";
import { unexpected } from "./unexpected.ts";

/** Reads the grammar's `date`, year-month-day or month-day, if one starts here. */
export function parseDate(scanner: Scanner): Partial<Pick<CalendarFields, "year" | "month" | "day">> {
  // Only a date has a hyphen after its first list, and only one with a year has another.
  if (!scanner.sees(/[0-9*/.,]+-/y)) return {};
  if (!scanner.sees(/[0-9*/.,]+-[0-9*/.,]+-/y)) return parseMonthAndDay(scanner);
  const year = parseField(scanner, limits.year);
  skipHyphen(scanner);
  return { year, ...parseMonthAndDay(scanner) };
}

function parseMonthAndDay(scanner: Scanner): Pick<CalendarFields, "month" | "day"> {
  const month = parseField(scanner, limits.month);
  skipHyphen(scanner);
  return { month, day: parseField(scanner, limits.day) };
}

function skipHyphen(scanner: Scanner): void {
  if (!scanner.skip("-")) throw unexpected(scanner);
}
