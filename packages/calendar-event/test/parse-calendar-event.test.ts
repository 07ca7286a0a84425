import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { CalendarEventError, parseCalendarEvent } from "../src/index.ts";
import { schedules } from "./arbitraries.ts";

function errorOf(text: string): CalendarEventError {
  try {
    parseCalendarEvent(text);
  } catch (error) {
    if (error instanceof CalendarEventError) return error;
    throw error;
  }
  throw new Error(`${JSON.stringify(text)} was accepted`);
}

const one = (value: number) => [{ first: value, last: value, step: 1 }];

describe("parseCalendarEvent", () => {
  test("gives a plain immutable value", () => {
    const event = parseCalendarEvent(" mon..wed,sun 2026/2-1..7-*/10 8..17/2,22:0/15 UTC\n");
    expect(event).toEqual({
      text: "mon..wed,sun 2026/2-1..7-*/10 8..17/2,22:0/15 UTC",
      utc: true,
      weekdays: [1, 2, 3, 7],
      year: [{ first: 2026, last: 2198, step: 2 }],
      month: [{ first: 1, last: 7, step: 1 }],
      day: [{ first: 1, last: 31, step: 10 }],
      hour: [
        { first: 8, last: 16, step: 2 },
        { first: 22, last: 22, step: 1 },
      ],
      minute: [{ first: 0, last: 45, step: 15 }],
      second: one(0),
    });
    expect(JSON.parse(JSON.stringify(event))).toEqual(event);
    expect(Object.isFrozen(event)).toBe(true);
    expect(Object.isFrozen(event.hour)).toBe(true);
    expect(Object.isFrozen(event.hour[0])).toBe(true);
    expect(Object.isFrozen(event.weekdays)).toBe(true);
  });

  test("takes a lone number for a minute, and two for hours and minutes", () => {
    expect(parseCalendarEvent("22")).toMatchObject({ hour: "every", minute: one(22), second: one(0) });
    expect(parseCalendarEvent("22:00")).toMatchObject({ hour: one(22), minute: one(0), second: one(0) });
    expect(parseCalendarEvent("1:2:3")).toMatchObject({ hour: one(1), minute: one(2), second: one(3) });
  });

  test("takes what is no valid hour for a minute", () => {
    const wanted = { hour: "every", minute: one(24), second: one(0) };
    expect(parseCalendarEvent("24:00")).toMatchObject(wanted);
    expect(parseCalendarEvent("mon 24:00")).toMatchObject(wanted);
    expect(parseCalendarEvent("*/30:5")).toMatchObject({
      hour: "every",
      minute: [{ first: 0, last: 30, step: 30 }],
      second: one(5),
    });
  });

  test("means midnight when there is no time", () => {
    const midnight = { hour: one(0), minute: one(0), second: one(0) };
    expect(parseCalendarEvent("sat")).toMatchObject({ ...midnight, weekdays: [6], day: "every" });
    expect(parseCalendarEvent("2-29")).toMatchObject({
      ...midnight,
      year: "every",
      month: one(2),
      day: one(29),
    });
  });

  test("lets a range of days wrap around the end of the week", () => {
    expect(parseCalendarEvent("fri..mon").weekdays).toEqual([1, 5, 6, 7]);
    expect(parseCalendarEvent("tue..tue").weekdays).toEqual([2]);
    expect(parseCalendarEvent("tue..mon").weekdays).toBe("every");
  });

  test("reads step 0 after a number as that number", () => {
    expect(parseCalendarEvent("5/0").minute).toEqual(one(5));
    expect(parseCalendarEvent("5..9/0").minute).toEqual(one(5));
  });

  test.each([
    ["minutely", "*:*:0"],
    ["hourly", "*:0:0"],
    ["daily", "0:0:0"],
    ["weekly", "mon"],
    ["monthly", "*-*-1"],
    ["quarterly", "1,4,7,10-1"],
    ["semiannually", "1,7-1"],
    ["semi-annually", "1,7-1"],
    ["yearly", "1-1"],
    ["annually", "1-1"],
  ])("reads %s like %s", (keyword, written) => {
    const { text: _, ...wanted } = parseCalendarEvent(written);
    expect(parseCalendarEvent(keyword)).toEqual({ ...wanted, text: keyword });
    expect(parseCalendarEvent(`${keyword}UTC`)).toEqual({ ...wanted, text: `${keyword}UTC`, utc: true });
    expect(parseCalendarEvent(`${keyword} UTC`).utc).toBe(true);
  });

  test("needs no blanks between days, date, time and UTC", () => {
    const { text: _, ...wanted } = parseCalendarEvent("mon *-*-* *:5 UTC");
    expect(parseCalendarEvent("mon*-*-**:5UTC")).toMatchObject(wanted);
  });

  test("accepts whatever the grammar makes, and understands it", () => {
    fc.assert(
      fc.property(schedules, (schedule) => {
        const event = parseCalendarEvent(schedule.text);
        expect(event.utc).toBe(schedule.utc);
        const written = schedule.weekday === null || schedule.weekday.size === 7 ? "every" : schedule.weekday;
        expect(event.weekdays).toEqual(written === "every" ? written : [...written].sort());
      }),
      { numRuns: 500 },
    );
  });
});

describe("refusals", () => {
  test.each([
    ["", 0, "empty schedule at position 0: days, a date, a time or a keyword is needed"],
    [" \n", 0, "empty schedule"],
    ["UTC", 0, "lone UTC at position 0: days, a date, a time or a keyword come before it"],
    ["  UTC", 2, "lone UTC"],
    ["61", 0, "minute 61 at position 0: minutes go from 0 to 59"],
    ["25:00:00", 0, "hour 25 at position 0: hours go from 0 to 23"],
    ["61:00", 0, "hour 61 at position 0: hours go from 0 to 23"],
    ["24:60", 0, "hour 24 at position 0"],
    ["24:00 5", 0, "hour 24 at position 0"],
    ["5:60", 2, "minute 60 at position 2"],
    ["5:5:60", 4, "second 60 at position 4: seconds go from 0 to 59"],
    ["2020-13-01", 5, "month 13 at position 5: months go from 1 to 12"],
    ["12-32", 3, "day 32 at position 3: days go from 1 to 31"],
    ["0-5", 0, "month 0 at position 0"],
    ["1-0", 2, "day 0 at position 2"],
    ["2200-1-1", 0, "year 2200 at position 0: years go from 0 to 2199"],
    ["*/61", 2, "step 61 at position 2: steps of minutes go from 1 to 59"],
    ["*/60", 2, "step 60 at position 2"],
    ["*/0", 2, "step 0 at position 2"],
    ["*/00", 2, "step 00 at position 2"],
    ["*/24:00:00", 2, "step 24 at position 2: steps of hours go from 1 to 23"],
    ["5/60", 2, "step 60 at position 2: steps of minutes go from 0 to 59"],
    ["*/", 2, "step missing at position 2"],
    ["5/", 2, "step missing at position 2"],
    ["2..", 3, "minute missing at position 3: minutes go from 0 to 59"],
    ["5..3", 0, "minutes 5..3 at position 0: a range goes from the lower to the higher"],
    ["5,", 2, "minute missing at position 2"],
    ["1,*", 2, "minute missing at position 2"],
    ["*,1", 1, 'unexpected ",1" at position 1: a list belongs to one field'],
    ["8:", 2, "minute missing at position 2"],
    [":5", 0, 'unexpected ":5" at position 0: a colon stands between'],
    ["mon,", 4, "day missing at position 4: days are mon to sun or monday to sunday"],
    ["mon, tue", 4, "day missing at position 4"],
    ["mon..", 5, "day missing at position 5"],
    ["mo", 0, '"mo" at position 0: days have three letters or all: mon or monday'],
    ["tues", 0, '"tues" at position 0: days have three letters or all: tue or tuesday'],
    [
      "every day",
      0,
      '"every" at position 0: days are mon to sun or monday to sunday, keywords are minutely, ',
    ],
    ["Daily", 0, '"Daily" at position 0: keywords are in lower case: daily'],
    ["utc", 0, '"utc" at position 0: UTC is in capitals'],
    ["daily 5", 0, '"daily" at position 0: a keyword stands alone, only UTC may follow it'],
    ["mon daily", 4, 'unexpected "daily" at position 4: a keyword stands alone'],
    [" mon 0 0 0", 7, 'unexpected "0 0" at position 7: a schedule has one date and one time'],
    ["7 5", 2, 'unexpected "5" at position 2: a schedule has one date and one time'],
    ["mon-fri", 3, 'unexpected "-fri" at position 3: a range is written with two dots'],
    ["22:00 utc", 6, 'unexpected "utc" at position 6: UTC is in capitals'],
    ["22:00 UTC UTC", 6, 'unexpected "UTC" at position 6: UTC is in capitals, stands once'],
    ["22:00 Europe/Vienna", 6, 'unexpected "Europe/Vienn" at position 6: only UTC may follow'],
    ["*-*~1", 3, 'unexpected "~1" at position 3: days cannot be counted from the end of the month'],
    ["1:2:3.5", 5, 'unexpected ".5" at position 5: there are no fractions of seconds'],
    ["22 :00", 3, 'unexpected ":00" at position 3'],
    ["?", 0, 'unexpected "?" at position 0: the order is days, date, time and UTC'],
  ])("%j at %i", (text, position, message) => {
    const error = errorOf(text);
    expect(error.message).toContain(message);
    expect(error.position).toBe(position);
    expect(error.name).toBe("CalendarEventError");
  });

  test("keep their message short whatever the text", () => {
    expect(errorOf("9".repeat(4000)).message).toBe(
      "minute 999999999999 at position 0: minutes go from 0 to 59",
    );
    expect(errorOf(`5 ${"x".repeat(4000)}`).message.length).toBeLessThan(200);
    expect(errorOf("1,".repeat(3000)).message).toContain("at most 4096 characters");
  });

  test("are the only failures, for any text", () => {
    const pieces = [
      "mon",
      "fri",
      "daily",
      "UTC",
      "..",
      ",",
      "/",
      "-",
      ":",
      " ",
      "*",
      "~",
      ".",
      "0",
      "5",
      "59",
      "2030",
      "x",
    ];
    const texts = fc.oneof(
      fc.string(),
      fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join("")),
    );
    let [accepted, refused] = [0, 0];
    fc.assert(
      fc.property(texts, (text) => {
        try {
          expect(parseCalendarEvent(text).text).toBe(text.trim());
          accepted += 1;
        } catch (error) {
          if (!(error instanceof CalendarEventError)) throw error;
          expect(error.message).toContain(`position ${error.position}`);
          expect(error.position).toBeLessThanOrEqual(text.length);
          refused += 1;
        }
      }),
      { numRuns: 3000 },
    );
    expect(accepted).toBeGreaterThan(20);
    expect(refused).toBeGreaterThan(1000);
  });
});
