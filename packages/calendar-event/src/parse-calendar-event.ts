import type { CalendarEvent } from "./calendar-event.ts";
import { CalendarEventError } from "./calendar-event-error.ts";
import { deepFreeze } from "./deep-freeze.ts";
import { daily, keywords, type CalendarFields } from "./keywords.ts";
import { parseDate } from "./parse-date.ts";
import { parseTime } from "./parse-time.ts";
import { parseWeekdays } from "./parse-weekdays.ts";
import { Scanner } from "./scanner.ts";
import { unexpected } from "./unexpected.ts";

/** Keeps the work with one schedule small. Proxmox VE itself stores at most 128 (contract section 5). */
const MAX_LENGTH = 4096;

/**
 * Reads a schedule as Proxmox VE 7.2 and later do (contract section 9).
 * @throws CalendarEventError when the text is no schedule
 */
export function parseCalendarEvent(text: string): CalendarEvent {
  const written = text.trim();
  const start = text.length - text.trimStart().length;
  if (written === "") {
    throw new CalendarEventError(
      "empty schedule at position 0: days, a date, a time or a keyword is needed",
      0,
    );
  }
  if (written.length > MAX_LENGTH) {
    throw new CalendarEventError(
      `too long at position ${start + MAX_LENGTH}: a schedule has at most ${MAX_LENGTH} characters`,
      start + MAX_LENGTH,
    );
  }
  const utc = written.endsWith("UTC");
  const body = utc ? written.slice(0, -"UTC".length).replace(/[ \t]+$/, "") : written;
  const scanner = new Scanner(text, { start, end: start + body.length });
  if (body === "") throw scanner.error("lone UTC", "days, a date, a time or a keyword come before it");
  return deepFreeze({ text: written, utc, ...(keywords.get(body) ?? parseFields(scanner)) });
}

function parseFields(scanner: Scanner): CalendarFields {
  const weekdays = scanner.sees(/[A-Za-z]/y) ? parseWeekdays(scanner) : "every";
  scanner.skipBlanks();
  const date = parseDate(scanner);
  scanner.skipBlanks();
  const time = scanner.sees(/[0-9*]/y) ? parseTime(scanner) : {};
  if (!scanner.atEnd) throw unexpected(scanner);
  return { ...daily, weekdays, ...date, ...time };
}
