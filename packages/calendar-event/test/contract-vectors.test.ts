import { describe, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { CalendarEventError, nextEvent, parseCalendarEvent } from "../src/index.ts";

type Vector =
  | { id: string; kind: "next"; schedule: string; tz: string; from: number; next: number | null }
  | { id: string; kind: "parse"; schedule: string; valid: boolean };

const file = JSON.parse(readFileSync(new URL("calendar-vectors.json", import.meta.url), "utf8")) as {
  count: number;
  vectors: Vector[];
};

function isAccepted(schedule: string): boolean {
  try {
    return parseCalendarEvent(schedule).text === schedule.trim();
  } catch (error) {
    if (error instanceof CalendarEventError) return false;
    throw error;
  }
}

describe("the schedule facts measured with Proxmox VE's own library", () => {
  test("are all here", () => {
    expect(file.vectors).toHaveLength(file.count);
    expect(file.count).toBeGreaterThanOrEqual(114);
  });

  test.each(file.vectors)("$id: $schedule", (vector) => {
    if (vector.kind === "parse") {
      expect(isAccepted(vector.schedule)).toBe(vector.valid);
    } else {
      expect(nextEvent(parseCalendarEvent(vector.schedule), vector.from, vector.tz)).toBe(vector.next);
    }
  });
});
