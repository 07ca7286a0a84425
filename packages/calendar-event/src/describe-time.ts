import { valuesOf } from "./calendar-field.ts";
import type { CalendarEvent } from "./calendar-event.ts";
import { describeField } from "./describe-field.ts";
import { limits } from "./field-limits.ts";
import { runsOf, wordList } from "./word-list.ts";

/** So many clock times are listed one by one. */
const MANY_TIMES = 4;

/** When on a day: `at 22:00`, `every 15 minutes`, `every hour at minute 22`, `every 30 minutes from 08:00 to 17:30`. */
export function describeTime(event: CalendarEvent): string {
  const onTheMinute = valuesOf(event.second, limits.second.min, limits.second.max).join() === "0";
  if (!onTheMinute) return describeEvenSeconds(event) ?? describeClockTimes(event) ?? describeSeconds(event);
  return (
    describeEvenMinutes(event) ?? describeHourly(event) ?? describeClockTimes(event) ?? describeMinutes(event)
  );
}

function describeEvenSeconds(event: CalendarEvent): string | null {
  if (minutesOf(event) !== null || hoursOf(event) !== null) return null;
  return every(valuesOf(event.second, limits.second.min, limits.second.max), 60, "second");
}

function describeEvenMinutes(event: CalendarEvent): string | null {
  const minutes = valuesOf(event.minute, limits.minute.min, limits.minute.max);
  const frequency = every(minutes, 60, "minute");
  if (frequency === null) return null;
  const hours = hoursOf(event);
  if (hours === null) return frequency;
  const run = onlyRun(valuesOf(event.hour, limits.hour.min, limits.hour.max));
  if (run === null) return `${frequency} in ${hours}`;
  return `${frequency} from ${clock(run.first, 0)} to ${clock(run.last, minutes.at(-1) ?? 0)}`;
}

function describeHourly(event: CalendarEvent): string | null {
  const [minute, ...otherMinutes] = valuesOf(event.minute, limits.minute.min, limits.minute.max);
  if (minute === undefined || otherMinutes.length > 0) return null;
  const hours = valuesOf(event.hour, limits.hour.min, limits.hour.max);
  const frequency = hours.length > 2 ? every(hours, 24, "hour") : null;
  if (frequency !== null) return minute === 0 ? frequency : `${frequency} at minute ${minute}`;
  const run = onlyRun(hours);
  if (run === null || hours.length <= MANY_TIMES) return null;
  return `every hour from ${clock(run.first, minute)} to ${clock(run.last, minute)}`;
}

function describeClockTimes(event: CalendarEvent): string | null {
  const hours = valuesOf(event.hour, limits.hour.min, limits.hour.max);
  const minutes = valuesOf(event.minute, limits.minute.min, limits.minute.max);
  const seconds = valuesOf(event.second, limits.second.min, limits.second.max);
  if (hours.length * minutes.length * seconds.length > MANY_TIMES) return null;
  const times = hours.flatMap((hour) =>
    minutes.flatMap((minute) => seconds.map((second) => clock(hour, minute, second))),
  );
  return `at ${wordList(times)}`;
}

function describeMinutes(event: CalendarEvent): string {
  const minutes = minutesOf(event) ?? "every minute";
  const hours = hoursOf(event);
  return hours === null ? `every hour at ${minutes}` : `at ${minutes} of ${hours}`;
}

function describeSeconds(event: CalendarEvent): string {
  const seconds = named("second", event.second) ?? "every second";
  const minutes = minutesOf(event);
  const hours = hoursOf(event);
  if (minutes === null && hours === null) return `at ${seconds} of every minute`;
  return `at ${seconds} of ${minutes ?? "every minute"} of ${hours ?? "every hour"}`;
}

function minutesOf(event: CalendarEvent): string | null {
  return named("minute", event.minute);
}

function hoursOf(event: CalendarEvent): string | null {
  return named("hour", event.hour);
}

/** `minute 5`, `minutes 5 to 10`; null when all are meant. */
function named(unit: "hour" | "minute" | "second", field: CalendarEvent["hour"]): string | null {
  const values = describeField(field, limits[unit]);
  if (values === null) return null;
  return /^\d+$/.test(values) ? `${unit} ${values}` : `${unit}s ${values}`;
}

/** `every minute` or `every 15 minutes` if the values start at 0 and divide the next bigger unit evenly. */
function every(values: readonly number[], size: number, unit: string): string | null {
  const step = size / values.length;
  if (values.length < 2 || values.some((value, index) => value !== index * step)) return null;
  return step === 1 ? `every ${unit}` : `every ${step} ${unit}s`;
}

function onlyRun(values: readonly number[]): { first: number; last: number } | null {
  const [run, ...others] = runsOf(values);
  const [first] = run ?? [];
  return first === undefined || others.length > 0 ? null : { first, last: first + values.length - 1 };
}

function clock(hour: number, minute: number, second = 0): string {
  const time = `${twoDigits(hour)}:${twoDigits(minute)}`;
  return second === 0 ? time : `${time}:${twoDigits(second)}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}
