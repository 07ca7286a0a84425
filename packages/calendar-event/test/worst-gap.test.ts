import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { nextEvents, parseCalendarEvent, worstGap } from "../src/index.ts";
import { schedules } from "./arbitraries.ts";

const HOUR = 3600;
const DAY = 86_400;

describe("worstGap", () => {
  test.each([
    ["*:*:*", 1],
    ["*", 60],
    ["*/15", 900],
    ["22", HOUR],
    ["*/7", 420],
    ["1..5", 56 * 60],
    ["0/2:30", 2 * HOUR],
    ["1:0:0,50", DAY - 50],
    ["8..17:0/15", 14 * HOUR + 15 * 60],
    ["22:00", DAY],
    ["mon..fri 22:00", 3 * DAY],
    ["sat 03:00", 7 * DAY],
    ["fri..mon 1:00", 4 * DAY],
    ["*-*-1", 31 * DAY],
    // Over a short February there are 59 days from January 31st to March 31st, and 61 from March 31st to May 31st.
    ["*-*-31", 61 * DAY],
    ["*-*-31 1,2:00", 61 * DAY - HOUR],
    ["Sat *-1..7 15:00", 35 * DAY],
    ["fri *-*-13", 427 * DAY],
    ["yearly", 366 * DAY],
    // Over 2100, which is no leap year.
    ["02-29", 2921 * DAY],
    ["mon 02-29", 14_609 * DAY],
  ])("of %s is %d seconds on a clock that is never changed", (text, gap) => {
    expect(worstGap(parseCalendarEvent(text))).toBe(gap);
    expect(worstGap(parseCalendarEvent(`${text} UTC`), "Europe/Vienna")).toBe(gap);
  });

  test.each([
    // Nothing happens to what does not stop at night.
    ["*/15", 900],
    ["22", HOUR],
    // A day of 25 hours.
    ["22:00", DAY + HOUR],
    ["mon..fri 22:00", 3 * DAY + HOUR],
    ["sat 03:00", 7 * DAY + HOUR],
    ["*-*-31", 61 * DAY + HOUR],
    // A skipped event.
    ["2:30", 2 * DAY - HOUR],
    ["0/2:30", 3 * HOUR],
    ["*-03-31 2:30", 731 * DAY],
    // Both are at winter time.
    ["yearly", 366 * DAY],
  ])("of %s is %d seconds in Vienna", (text, gap) => {
    expect(worstGap(parseCalendarEvent(text), "Europe/Vienna")).toBe(gap);
  });

  test.each(["2020-07-31", "2020..2030-*-*", "0..2199-1-1", "02-30", "02-30 UTC"])(
    "is null for %s, which ends or never happens",
    (text) => {
      expect(worstGap(parseCalendarEvent(text))).toBeNull();
      expect(worstGap(parseCalendarEvent(text), "Europe/Vienna")).toBeNull();
    },
  );

  test("is null for what the zone skips every year", () => {
    expect(worstGap(parseCalendarEvent("sun *-3-25..31 2:30"), "Europe/Vienna")).toBeNull();
  });

  test("refuses unknown zones", () => {
    expect(() => worstGap(parseCalendarEvent("*"), "Europe/Atlantis")).toThrow(RangeError);
  });

  const zones = fc.constantFrom(
    "UTC",
    "Europe/Vienna",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "Africa/Casablanca",
  );
  const starts = fc.integer({ min: Date.UTC(2024, 0) / 1000, max: Date.UTC(2050, 0) / 1000 });

  function longestOf(times: readonly number[]): number {
    return Math.max(0, ...times.slice(1).map((time, index) => time - (times[index] ?? time)));
  }

  test("is never less than a gap that is seen", () => {
    fc.assert(
      fc.property(schedules, zones, starts, (schedule, zone, start) => {
        const event = parseCalendarEvent(schedule.text);
        const gap = worstGap(event, zone) ?? Infinity;
        const inTime = nextEvents(event, start, zone, 40).filter((time) => time < Date.UTC(2052, 0) / 1000);
        expect(longestOf(inTime)).toBeLessThanOrEqual(gap);
      }),
      { numRuns: 100 },
    );
  });

  test("is never less than a gap over a change of the clock", () => {
    const lastSundayOfMarch = Date.UTC(2031, 2, 30, 1) / 1000;
    const lastSundayOfOctober = Date.UTC(2031, 9, 26, 1) / 1000;
    fc.assert(
      fc.property(schedules, fc.constantFrom(lastSundayOfMarch, lastSundayOfOctober), (schedule, change) => {
        const event = parseCalendarEvent(schedule.text);
        const gap = worstGap(event, "Europe/Vienna") ?? Infinity;
        const around = nextEvents(event, change - 2 * HOUR, "Europe/Vienna", 100);
        expect(longestOf(around.filter((time) => time < Date.UTC(2052, 0) / 1000))).toBeLessThanOrEqual(gap);
      }),
      { numRuns: 60 },
    );
  });

  test("is a gap that happens, on a clock that is never changed", () => {
    const weekly = schedules.filter(
      ({ year, month, day, second }) => year === null && month === null && day === null && second?.size === 1,
    );
    fc.assert(
      fc.property(weekly, (schedule) => {
        const event = parseCalendarEvent(schedule.text);
        const start = Date.UTC(2026, 0) / 1000;
        const events: number[] = [];
        for (let from = start; from < start + 15 * DAY;) {
          const batch = nextEvents(event, from, "UTC", 500);
          events.push(...batch);
          from = batch.at(-1) ?? Infinity;
        }
        expect(longestOf(events)).toBe(worstGap(event));
      }),
      { numRuns: 25 },
    );
  });

  test("is at most twice as long with a zone whose clock changes by an hour", () => {
    const hourZones = fc.constantFrom("Europe/Vienna", "America/New_York", "Africa/Cairo");
    fc.assert(
      fc.property(schedules, hourZones, (schedule, zone) => {
        const event = parseCalendarEvent(schedule.text);
        const [plain, zoned] = [worstGap(event), worstGap(event, zone)];
        fc.pre(plain !== null && zoned !== null);
        expect(zoned).toBeGreaterThanOrEqual(plain);
        expect(zoned).toBeLessThanOrEqual(2 * plain);
      }),
      { numRuns: 60 },
    );
  });
});
