import type { CalendarEvent } from "./calendar-event.ts";
import { describeDays } from "./describe-days.ts";
import { describeTime } from "./describe-time.ts";

/**
 * The schedule in English, to be read by operators: `every 15 minutes`, `Monday to Friday at 22:00`, `on the 1st of every
 * month at 03:00 (UTC)`. Clock times have 24 hours. Schedules with the same events are not always described alike, those
 * with different events never are.
 */
export function describeCalendarEvent(event: CalendarEvent): string {
  const days = describeDays(event);
  const time = describeTime(event);
  return `${join(days, time)}${event.utc ? " (UTC)" : ""}`;
}

function join(days: string | null, time: string): string {
  const isClockTime = time.startsWith("at ");
  if (days === null)
    return isClockTime && !/ of every (minute|hour)$/.test(time) ? `every day ${time}` : time;
  return isClockTime && !days.includes(" if it is ") ? `${days} ${time}` : `${days}, ${time}`;
}
