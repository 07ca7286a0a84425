import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  type CalendarEvent,
  type CalendarField,
  describeCalendarEvent,
  parseCalendarEvent,
} from "../src/index.ts";
import { schedules } from "./arbitraries.ts";

const describeText = (text: string) => describeCalendarEvent(parseCalendarEvent(text));

describe("describeCalendarEvent", () => {
  test.each([
    ["*", "every minute"],
    ["*/15", "every 15 minutes"],
    ["*/1", "every minute"],
    ["0,30", "every 30 minutes"],
    ["*/7", "every hour at minutes 0, 7, 14 ... 56"],
    ["*/45", "every hour at minutes 0 and 45"],
    ["22", "every hour at minute 22"],
    ["24:00", "every hour at minute 24"],
    ["1..5,9", "every hour at minutes 1 to 5 and 9"],
    ["0", "every hour"],
    ["*/2:00", "every 2 hours"],
    ["0/2:30", "every 2 hours at minute 30"],
    ["1/2:0", "every day at minute 0 of hours 1, 3, 5 ... 23"],
    ["*/12:0", "every day at 00:00 and 12:00"],
    ["22:00", "every day at 22:00"],
    ["5,10:4,8", "every day at 05:04, 05:08, 10:04 and 10:08"],
    ["8..17:30", "every hour from 08:30 to 17:30"],
    ["20..22:*/30", "every 30 minutes from 20:00 to 22:30"],
    ["8..17:*", "every minute from 08:00 to 17:59"],
    ["mon..fri 22:00", "Monday to Friday at 22:00"],
    ["sat 03:00", "Saturday at 03:00"],
    ["sat", "Saturday at 00:00"],
    ["sun,sat 1:00", "Saturday and Sunday at 01:00"],
    ["fri..mon 1:00", "Friday to Monday at 01:00"],
    ["wed,fri..mon 1:00", "Wednesday and Friday to Monday at 01:00"],
    ["sun,mon */15", "Sunday and Monday, every 15 minutes"],
    ["mon,wed,fri 8..17,22:0/15", "Monday, Wednesday and Friday, every 15 minutes in hours 8 to 17 and 22"],
    ["mon..sun 4:00", "every day at 04:00"],
    ["*-*-01 03:00", "on the 1st of every month at 03:00"],
    [
      "*-*-1,2,3,11,12,13,21,22,23",
      "on the 1st to 3rd, 11th to 13th and 21st to 23rd of every month at 00:00",
    ],
    ["*-2..5-* */10", "every day of February to May, every 10 minutes"],
    ["Sat *-1..7 15:00", "on the 1st to 7th of every month if it is Saturday, at 15:00"],
    ["mon,fri *-*-13", "on the 13th of every month if it is Monday or Friday, at 00:00"],
    ["2020-07-31 12:00", "on the 31st of July in 2020 at 12:00"],
    ["2020,2021-12-31", "on the 31st of December in the years 2020 and 2021 at 00:00"],
    ["2020..2030-*-*", "every day in the years 2020 to 2030 at 00:00"],
    ["2020-7..9-2/2", "on the 2nd, 4th, 6th ... 30th of July to September in 2020 at 00:00"],
    ["*:*:*", "every second"],
    ["*:*:*/10", "every 10 seconds"],
    ["*:*:5", "at second 5 of every minute"],
    ["*:3:5", "at second 5 of minute 3 of every hour"],
    ["4:*:*", "every day at every second of every minute of hour 4"],
    ["1:2:3", "every day at 01:02:03"],
    ["mon 1:2:3..9", "Monday at seconds 3 to 9 of minute 2 of hour 1"],
    ["minutely", "every minute"],
    ["hourly", "every hour"],
    ["daily", "every day at 00:00"],
    ["weekly", "Monday at 00:00"],
    ["monthly", "on the 1st of every month at 00:00"],
    ["quarterly", "on the 1st of January, April, July and October at 00:00"],
    ["semi-annually", "on the 1st of January and July at 00:00"],
    ["yearly UTC", "on the 1st of January at 00:00 (UTC)"],
    ["*/15 UTC", "every 15 minutes (UTC)"],
  ])("%s: %s", (text, english) => {
    expect(describeText(text)).toBe(english);
  });

  test("has words for every schedule", () => {
    fc.assert(
      fc.property(schedules, ({ text, utc }) => {
        const english = describeText(text);
        expect(english).toMatch(/^[A-Za-z][^ ].*[A-Za-z0-9)]$/);
        expect(english).not.toMatch(/ {2}|undefined|null|NaN/);
        expect(english.endsWith(" (UTC)")).toBe(utc);
      }),
      { numRuns: 400 },
    );
  });

  test("stays short for long lists", () => {
    fc.assert(
      fc.property(schedules, ({ text }) => {
        expect(describeText(text).length).toBeLessThan(700);
      }),
      { numRuns: 400 },
    );
  });

  function valuesOf(field: CalendarField, min: number, max: number): string {
    if (field === "every") return "every";
    const values = field.flatMap(({ first, last, step }) =>
      Array.from({ length: (last - first) / step + 1 }, (_, index) => first + index * step),
    );
    const distinct = [...new Set(values)].sort((a, b) => a - b);
    return distinct.length === max - min + 1 ? "every" : distinct.join();
  }

  function meaning(event: CalendarEvent): string {
    return [
      event.utc,
      event.weekdays,
      valuesOf(event.year, -Infinity, Infinity),
      valuesOf(event.month, 1, 12),
      valuesOf(event.day, 1, 31),
      valuesOf(event.hour, 0, 23),
      valuesOf(event.minute, 0, 59),
      valuesOf(event.second, 0, 59),
    ].join("|");
  }

  function expectOneMeaningEach(texts: Iterable<string>): number {
    const meanings = new Map<string, string>();
    const ambiguous: string[] = [];
    for (const text of texts) {
      const event = parseCalendarEvent(text);
      const english = describeCalendarEvent(event);
      const known = meanings.get(english) ?? meaning(event);
      meanings.set(english, known);
      if (meaning(event) !== known) ambiguous.push(`${text}: ${english}`);
    }
    expect(ambiguous).toEqual([]);
    return meanings.size;
  }

  test("never says the same of schedules with different times", () => {
    const hours = [
      "*",
      "*/2",
      "1/2",
      "*/5",
      "*/12",
      "0",
      "8",
      "8..17",
      "8,9",
      "8,9,22",
      "8..17,22",
      "0..3,5..20/3,23",
      "0/23",
    ];
    const minutes = [
      "*",
      "*/2",
      "1/2",
      "*/15",
      "*/7",
      "*/45",
      "0",
      "1",
      "24",
      "0,30",
      "5..10",
      "1..3,5..50/5",
      "59",
      "0,1,2,3,4",
    ];
    const seconds = ["0", "*", "1", "*/10", "*/7", "30", "0,30", "5..10"];
    const texts = hours.flatMap((hour) =>
      minutes.flatMap((minute) => seconds.map((second) => `${hour}:${minute}:${second}`)),
    );
    expect(expectOneMeaningEach(texts)).toBeGreaterThan(1200);
  });

  test("never says the same of schedules with different days", () => {
    const weekdays = [
      "",
      "mon ",
      "mon..fri ",
      "sat,sun ",
      "sun..tue ",
      "mon,wed,fri ",
      "tue,thu..sat ",
      "fri..mon ",
    ];
    const years = ["*", "2026", "2026,2027", "*/400", "0..2199/300"];
    const months = ["*", "1", "1,7", "3..5", "*/3", "1..3,5,7..9"];
    const days = ["*", "1", "31", "1..7", "*/2", "1/7", "1,15", "1,2", "25..31", "1,3,5..9/2,20"];
    const texts = weekdays.flatMap((weekday) =>
      years.flatMap((year) =>
        months.flatMap((month) =>
          days.flatMap((day) => [
            `${weekday}${year}-${month}-${day}`,
            `${weekday}${year}-${month}-${day} */15 UTC`,
          ]),
        ),
      ),
    );
    expect(expectOneMeaningEach(texts)).toBeGreaterThan(2500);
  });
});
