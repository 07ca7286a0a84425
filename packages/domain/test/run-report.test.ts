import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { errorOf, type ItemError, type StageReport } from "../src/index.ts";

const stage = (name: StageReport["stage"], errors: readonly ItemError[]): StageReport => ({
  stage: name,
  status: errors.length === 0 ? "completed" : "errored",
  created: 1,
  updated: 0,
  stale: 0,
  unchanged: 3,
  kept: 0,
  held: 0,
  errors,
  warnings: ["not complete"],
});
const error = (item: string, message = "timed out"): ItemError => ({ item, code: "unreachable", message });

test("a report without errors has no error, warnings or not", () => {
  expect(errorOf({ stages: [] })).toBe("");
  expect(errorOf({ stages: [stage("devices", []), stage("replications", [])] })).toBe("");
});

test("one error is told with its stage and item", () => {
  const stages = [stage("devices", []), stage("replications", [error("node pve2")])];
  expect(errorOf({ stages })).toBe("replications: node pve2: timed out");
});

test("the first of several errors is told, the others are counted over all stages", () => {
  const stages = [
    stage("devices", [error("/cluster/status", "403")]),
    stage("replications", [error("node pve2"), error("node pve3")]),
  ];
  expect(errorOf({ stages })).toBe("devices: /cluster/status: 403 (and 2 more)");
});

test("the error is empty exactly when no stage has one: a run is never completed over an error", () => {
  const errors = fc.array(fc.record({ item: fc.string(), code: fc.string(), message: fc.string() }));
  fc.assert(
    fc.property(fc.array(errors), (lists) => {
      const stages = lists.map((list) => stage("storage", list));
      expect(errorOf({ stages }) === "").toBe(lists.every((list) => list.length === 0));
    }),
  );
});
