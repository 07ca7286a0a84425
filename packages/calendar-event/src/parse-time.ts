import type { CalendarField } from "./calendar-event.ts";
import { CalendarEventError } from "./calendar-event-error.ts";
import { limits, type FieldLimits } from "./field-limits.ts";
import { exactly, type CalendarFields } from "./keywords.ts";
import { parseField } from "./parse-field.ts";
import type { Scanner } from "./scanner.ts";
import { unexpected } from "./unexpected.ts";

type TimeFields = Pick<CalendarFields, "hour" | "minute" | "second">;

/** Reads the grammar's `time`: minutes, hours:minutes or hours:minutes:seconds. */
export function parseTime(scanner: Scanner): TimeFields {
  if (!scanner.sees(/[0-9*/.,]+:/y)) {
    return { hour: "every", minute: parseField(scanner, limits.minute), second: exactly(0) };
  }
  const { position } = scanner;
  const hour = tryField(scanner, limits.hour);
  if (hour instanceof CalendarEventError) {
    scanner.position = position;
    return parseMinutesAndSeconds(scanner, hour);
  }
  if (!scanner.skip(":")) throw unexpected(scanner);
  const minute = parseField(scanner, limits.minute);
  return { hour, minute, second: scanner.skip(":") ? parseField(scanner, limits.second) : exactly(0) };
}

/**
 * Contract section 9: what is no valid hour before the first colon is tried as a minute, so `24:00` is second 0 of minute
 * 24 of every hour. When that fails too, the hour was meant.
 */
function parseMinutesAndSeconds(scanner: Scanner, hourError: CalendarEventError): TimeFields {
  const minute = tryField(scanner, limits.minute);
  if (minute instanceof CalendarEventError || !scanner.skip(":")) throw hourError;
  const second = tryField(scanner, limits.second);
  if (second instanceof CalendarEventError || !scanner.atEnd) throw hourError;
  return { hour: "every", minute, second };
}

function tryField(scanner: Scanner, fieldLimits: FieldLimits): CalendarField | CalendarEventError {
  try {
    return parseField(scanner, fieldLimits);
  } catch (error) {
    if (error instanceof CalendarEventError) return error;
    throw error;
  }
}
