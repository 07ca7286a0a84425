import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { instantFilter, instantToWire, type FilterResult } from "../src/index.ts";

const parse = async (text: string): Promise<unknown> => {
  const lookup = instantFilter[""];
  const result: FilterResult | undefined = await lookup?.({
    field: "f",
    values: [text],
    stores: () => undefined,
  });
  if (result === undefined || "errors" in result) return null;
  const [term] = result.terms;
  return term?.test === "in" ? term.values[0] : undefined;
};

describe("instants", () => {
  test.each([
    ["2026-11-23 14:24:57.305186+00", "2026-11-23T14:24:57.305186Z"],
    ["2026-11-23 14:24:57.3+00", "2026-11-23T14:24:57.300000Z"],
    ["2026-11-23 14:24:57+00", "2026-11-23T14:24:57Z"],
    ["2026-11-23T14:24:57.305+00:00", "2026-11-23T14:24:57.305000Z"],
  ])("%s goes over the wire as %s", (stored, wire) => {
    expect(instantToWire(stored)).toBe(wire);
  });

  test("text that is not in UTC is a mistake of ours", () => {
    expect(() => instantToWire("2026-11-23 14:24:57+01")).toThrow("Not an instant in UTC");
  });

  test.each([
    ["2026-11-23", "2026-11-23T00:00:00.000000Z"],
    ["2026-11-23T14:24", "2026-11-23T14:24:00.000000Z"],
    ["2026-11-23 14:24:57.30518", "2026-11-23T14:24:57.305180Z"],
    ["2026-11-23T14:24:57.3051869Z", "2026-11-23T14:24:57.305186Z"],
    ["2026-11-23T00:30:00+01:00", "2026-11-22T23:30:00.000000Z"],
    ["2026-11-23T00:30:00-0130", "2026-11-23T02:00:00.000000Z"],
    ["01/02/2020", "2020-01-02T00:00:00.000000Z"],
    ["0050-01-01", "0050-01-01T00:00:00.000000Z"],
    ["2024-02-29", "2024-02-29T00:00:00.000000Z"],
  ])("%s is read as %s", async (text, instant) => {
    expect(await parse(text)).toBe(instant);
  });

  test.each([
    "2026-02-30",
    "2026-13-01",
    "2026-01-01T24:00:00",
    "2026-01-01 00:00:00 00:00",
    "0000-01-01",
    "now",
    "1e9",
    "9999-12-31T23:59:59-01:00",
  ])("%s is none", async (text) => {
    expect(await parse(text)).toBeNull();
  });

  test("what goes over the wire comes back unchanged", async () => {
    const range = {
      min: new Date("0001-01-01T00:00:00Z"),
      max: new Date("9999-12-31T23:59:59Z"),
      noInvalidDate: true,
    };
    await fc.assert(
      fc.asyncProperty(fc.date(range), fc.nat({ max: 999 }), async (date, micros) => {
        const stored = `${date.toISOString().slice(0, 23).replace("T", " ")}${String(micros).padStart(3, "0")}+00`;
        const instant = await parse(instantToWire(stored));
        expect(instant).toBe(stored.replace(" ", "T").replace("+00", "Z"));
      }),
    );
  });
});
