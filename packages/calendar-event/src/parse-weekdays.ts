import type { CalendarEvent } from "./calendar-event.ts";
import type { CalendarEventError } from "./calendar-event-error.ts";
import { keywords } from "./keywords.ts";
import type { Scanner } from "./scanner.ts";
import { weekdayNames } from "./weekday-names.ts";

const names = weekdayNames.map((name) => name.toLowerCase());
const valid = "days are mon to sun or monday to sunday";

/** Reads the grammar's `days`. A range may wrap around the end of the week. */
export function parseWeekdays(scanner: Scanner): CalendarEvent["weekdays"] {
  const days = new Set<number>();
  do {
    const first = readDay(scanner);
    const last = scanner.skip("..") ? readDay(scanner) : first;
    for (let day = first; ; day = (day % 7) + 1) {
      days.add(day);
      if (day === last) break;
    }
  } while (scanner.skip(","));
  return days.size === 7 ? "every" : [...days].sort((a, b) => a - b);
}

function readDay(scanner: Scanner): number {
  const { position } = scanner;
  const word = scanner.letters();
  if (word === "") throw scanner.missing("day", valid);
  const written = word.toLowerCase();
  const index = names.findIndex((name) => name === written || name.slice(0, 3) === written);
  if (index < 0) throw unknownWord(scanner, word, position);
  return index + 1;
}

function unknownWord(scanner: Scanner, word: string, position: number): CalendarEventError {
  return scanner.error(`"${word}"`, adviceFor(word), position);
}

function adviceFor(word: string): string {
  const written = word.toLowerCase();
  if (keywords.has(word)) return "a keyword stands alone, only UTC may follow it";
  if (keywords.has(written)) return `keywords are in lower case: ${written}`;
  if (written === "utc") return "UTC is in capitals and ends a schedule";
  const near = names.find((name) => name.slice(0, 2) === written.slice(0, 2));
  if (near !== undefined) return `days have three letters or all: ${near.slice(0, 3)} or ${near}`;
  return `${valid}, keywords are ${[...keywords.keys()].join(", ")}`;
}
