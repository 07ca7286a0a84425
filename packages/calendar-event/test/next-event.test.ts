import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { nextEvent, nextEvents, parseCalendarEvent } from "../src/index.ts";
import { moments, schedules } from "./arbitraries.ts";
import { isEvent } from "./local-fields.ts";

const seconds = (iso: string) => Date.parse(iso) / 1000;
const iso = (time: number | null) => (time === null ? null : new Date(time * 1000).toISOString());

function next(text: string, after: string, timeZone = "UTC"): string | null {
  return iso(nextEvent(parseCalendarEvent(text), seconds(after), timeZone));
}

function following(text: string, after: string, { zone, count }: { zone: string; count: number }) {
  return nextEvents(parseCalendarEvent(text), seconds(after), zone, count).map(iso);
}

describe("nextEvent", () => {
  test("is strictly later than the second it is given, and takes a Date too", () => {
    const event = parseCalendarEvent("*/15");
    const at = new Date("2026-09-21T12:00:00.000Z");
    expect(nextEvent(event, at, "UTC")).toBe(seconds("2026-09-21T12:15:00Z"));
    expect(nextEvent(event, at.getTime() / 1000 - 1, "UTC")).toBe(at.getTime() / 1000);
    expect(nextEvent(event, new Date("2026-09-21T11:59:59.999Z"), "UTC")).toBe(at.getTime() / 1000);
  });

  test("is computed in UTC when the schedule says so, whatever the zone", () => {
    expect(next("22:00 UTC", "2026-07-01T12:00:00Z", "Asia/Tokyo")).toBe("2026-07-01T22:00:00.000Z");
    expect(next("22:00", "2026-07-01T12:00:00Z", "Asia/Tokyo")).toBe("2026-07-01T13:00:00.000Z");
  });

  test("goes by the zone's clock, also before zones had whole minutes", () => {
    expect(next("12:00", "1971-01-01T00:00:00Z", "Africa/Monrovia")).toBe("1971-01-01T12:44:30.000Z");
  });

  test("skips a local time that spring skips, and nothing else", () => {
    const march = { zone: "Europe/Vienna", count: 3 };
    expect(following("2:30", "2025-03-29T00:00:00Z", march)).toEqual([
      "2025-03-29T01:30:00.000Z",
      "2025-03-31T00:30:00.000Z",
      "2025-04-01T00:30:00.000Z",
    ]);
    expect(following("*/30", "2025-03-30T00:29:59Z", march)).toEqual([
      "2025-03-30T00:30:00.000Z",
      "2025-03-30T01:00:00.000Z",
      "2025-03-30T01:30:00.000Z",
    ]);
  });

  test("skips a midnight that does not exist", () => {
    expect(following("daily", "2025-04-24T00:00:00Z", { zone: "Africa/Cairo", count: 2 })).toEqual([
      "2025-04-25T21:00:00.000Z",
      "2025-04-26T21:00:00.000Z",
    ]);
  });

  test("skips a date that does not exist", () => {
    expect(following("12:00", "2011-12-29T00:00:00Z", { zone: "Pacific/Apia", count: 2 })).toEqual([
      "2011-12-29T22:00:00.000Z",
      "2011-12-30T22:00:00.000Z",
    ]);
  });

  test("counts both passes of the hour that comes twice", () => {
    expect(following("2:30", "2025-10-25T12:00:00Z", { zone: "Europe/Vienna", count: 3 })).toEqual([
      "2025-10-26T00:30:00.000Z",
      "2025-10-26T01:30:00.000Z",
      "2025-10-27T01:30:00.000Z",
    ]);
    expect(following("*/30", "2025-10-26T00:00:00Z", { zone: "Europe/Vienna", count: 4 })).toEqual([
      "2025-10-26T00:30:00.000Z",
      "2025-10-26T01:00:00.000Z",
      "2025-10-26T01:30:00.000Z",
      "2025-10-26T02:00:00.000Z",
    ]);
    // The last event of the schedule is the second pass of its only time.
    expect(following("2025-10-26 2:30", "2025-01-01T00:00:00Z", { zone: "Europe/Vienna", count: 5 })).toEqual(
      ["2025-10-26T00:30:00.000Z", "2025-10-26T01:30:00.000Z"],
    );
  });

  test("is null when no year is left or the date never comes", () => {
    expect(next("2020-07-31", "2020-07-31T00:00:00Z")).toBeNull();
    expect(next("2020-07-31", "2020-07-30T23:59:59Z")).toBe("2020-07-31T00:00:00.000Z");
    expect(next("02-30", "2020-01-01T00:00:00Z")).toBeNull();
    expect(next("02-30", "2020-01-01T00:00:00Z", "Europe/Vienna")).toBeNull();
  });

  test("is null when the zone skips the time every year", () => {
    expect(next("sun *-3-25..31 2:30", "2025-01-01T00:00:00Z", "Europe/Vienna")).toBeNull();
    expect(next("sun *-3-25..31 2:30", "2025-01-01T00:00:00Z", "UTC")).toBe("2025-03-30T02:30:00.000Z");
  });

  test("finds rare and far events", () => {
    expect(next("mon 02-29", "2028-01-01T00:00:00Z")).toBe("2044-02-29T00:00:00.000Z");
    expect(next("mon 02-29", "2072-03-01T00:00:00Z", "Europe/Vienna")).toBe("2112-02-28T23:00:00.000Z");
    expect(next("2199-12-31 23:59:59", "1970-01-01T00:00:00Z", "America/New_York")).toBe(
      "2200-01-01T04:59:59.000Z",
    );
    expect(next("*-1-1", "0099-12-31T12:00:00Z")).toBe("0100-01-01T00:00:00.000Z");
  });

  test("refuses unknown zones and instants that are none", () => {
    const event = parseCalendarEvent("*");
    expect(() => nextEvent(event, 0, "Europe/Atlantis")).toThrow(RangeError);
    expect(() => nextEvent(event, NaN, "UTC")).toThrow("not an instant");
    expect(() => nextEvent(event, Infinity, "UTC")).toThrow(RangeError);
    expect(() => nextEvent(event, new Date(NaN), "Europe/Vienna")).toThrow(RangeError);
  });

  test("ends near the last instant of a Date too", () => {
    expect(nextEvent(parseCalendarEvent("*"), 8.64e12 - 1, "Europe/Vienna")).toBe(8.64e12);
    expect(nextEvent(parseCalendarEvent("*"), -8.64e12 + 1, "Europe/Vienna")).toBeGreaterThan(-8.64e12);
  });
});

describe("nextEvent of generated schedules", () => {
  const WINDOW = 200;

  /** Multiples of `step` after `from` and before `to`: all, or the first and the last ones. */
  function secondsBetween(from: number, to: number | null, step: number): number[] {
    const first = Math.floor(from / step) + 1;
    if (to === null) return Array.from({ length: WINDOW }, (_, index) => (first + index) * step);
    const last = Math.ceil(to / step) - 1;
    const all = Array.from({ length: Math.max(0, Math.min(2 * WINDOW, last - first + 1)) }, (_, index) =>
      index < WINDOW ? first + index : last - index + WINDOW,
    );
    return all.map((multiple) => multiple * step);
  }

  test("is later, matches every field in local time, and nothing before it does", () => {
    let found = 0;
    fc.assert(
      fc.property(schedules, moments, (schedule, { zone, after }) => {
        const event = parseCalendarEvent(schedule.text);
        const time = nextEvent(event, after, zone);
        // Most schedules have events on whole minutes only, and all zones here differ from UTC by whole minutes.
        const step = schedule.second?.size === 1 && schedule.second.has(0) ? 60 : 1;
        const isMissed = (second: number) => isEvent(schedule, second, zone);
        expect(secondsBetween(after, time, step).filter(isMissed)).toEqual([]);
        if (time === null) return;
        found += 1;
        expect(time).toBeGreaterThan(after);
        expect(isEvent(schedule, time, zone)).toBe(true);
      }),
      { numRuns: 200 },
    );
    expect(found).toBeGreaterThan(50);
  });

  test("is the same from any second between", () => {
    fc.assert(
      fc.property(
        schedules,
        moments,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (schedule, moment, part) => {
          const { zone, after } = moment;
          const event = parseCalendarEvent(schedule.text);
          const time = nextEvent(event, after, zone);
          fc.pre(time !== null);
          const between = after + Math.floor((time - 1 - after) * part);
          expect(nextEvent(event, between, zone)).toBe(time);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("nextEvents", () => {
  test("rises, and each is the next of the one before", () => {
    fc.assert(
      fc.property(schedules, moments, fc.integer({ min: 0, max: 20 }), (schedule, { zone, after }, count) => {
        const event = parseCalendarEvent(schedule.text);
        const events = nextEvents(event, after, zone, count);
        let previous = after;
        for (const time of events) {
          expect(time).toBeGreaterThan(previous);
          expect(time).toBe(nextEvent(event, previous, zone));
          previous = time;
        }
        const isComplete = events.length === count || nextEvent(event, previous, zone) === null;
        expect(isComplete).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test("ends with the schedule", () => {
    expect(following("2026-1,2-1", "2026-01-01T00:00:00Z", { zone: "UTC", count: 9 })).toEqual([
      "2026-02-01T00:00:00.000Z",
    ]);
    expect(following("*", "2026-01-01T00:00:00Z", { zone: "UTC", count: 0 })).toEqual([]);
  });

  test.each([-1, 1.5, NaN, Infinity])("refuses to give %d events", (count) => {
    expect(() => nextEvents(parseCalendarEvent("*"), 0, "UTC", count)).toThrow("whole number from 0");
  });
});
