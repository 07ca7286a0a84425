import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { decideHold, type HeldPlan, type HoldDecision } from "../src/index.ts";

const keys = (count: number, from = 0) => Array.from({ length: count }, (_, index) => `k${from + index}`);
const held = (held: readonly string[], ageMs: number): HeldPlan => ({ keys: held, ageMs });

test.each<[string, Parameters<typeof decideHold>, HoldDecision]>([
  ["nothing goes stale", [[], 10, null], "apply"],
  ["nothing goes stale and nothing is stored", [[], 0, null], "apply"],
  ["one of two", [keys(1), 2, null], "apply"],
  ["the only row", [keys(1), 1, null], "hold"],
  ["both rows", [keys(2), 2, null], "hold"],
  ["four of five: fewer than five rows", [keys(4), 5, null], "apply"],
  ["exactly half", [keys(5), 10, null], "apply"],
  ["five of nine: more than half", [keys(5), 9, null], "hold"],
  ["six of ten", [keys(6), 10, null], "hold"],
  ["all, agreed a minute later", [keys(3), 3, held(keys(3), 60_000)], "apply"],
  ["all, agreed too early", [keys(3), 3, held(keys(3), 59_999)], "keep-holding"],
  ["all, agreed with fewer", [keys(2), 2, held(keys(3), 90_000)], "apply"],
  ["all, and one more than was held", [keys(3), 3, held(keys(2), 90_000)], "hold"],
  ["other keys than were held", [keys(3, 5), 3, held(keys(3), 90_000)], "hold"],
  ["no longer suspicious: no second opinion is needed", [keys(1), 10, held(keys(10), 1)], "apply"],
])("%s", (_sentence, opinion, decision) => {
  expect(decideHold(...opinion)).toBe(decision);
});

const counts = fc
  .tuple(fc.nat({ max: 60 }), fc.nat({ max: 60 }))
  .map(([a, b]) => ({ stale: Math.min(a, b), active: Math.max(a, b) }));
const age = fc.nat({ max: 200_000 });

test("all rows never go at once without a second opinion of at least a minute later", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), age, fc.boolean(), (count, ageMs, wasHeld) => {
      const decision = decideHold(keys(count), count, wasHeld ? held(keys(count), ageMs) : null);
      expect(decision === "apply").toBe(wasHeld && ageMs >= 60_000);
    }),
  );
});

test("a first opinion applies up to a half, or below five rows unless these are all", () => {
  fc.assert(
    fc.property(counts, ({ stale, active }) => {
      const harmless = stale === 0 || (stale < active && (stale < 5 || stale * 2 <= active));
      expect(decideHold(keys(stale), active, null)).toBe(harmless ? "apply" : "hold");
    }),
  );
});

test("a key that the first opinion did not have starts the wait anew, however old that opinion is", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), age, (count, ageMs) => {
      expect(decideHold(keys(count), count, held(keys(count).slice(1), ageMs))).toBe("hold");
    }),
  );
});

test("the order of the keys does not matter", () => {
  fc.assert(
    fc.property(counts, age, ({ stale, active }, ageMs) => {
      const before = held(keys(stale), ageMs);
      expect(decideHold(keys(stale).toReversed(), active, before)).toBe(
        decideHold(keys(stale), active, before),
      );
    }),
  );
});
