import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { assignGuestNames, type NamedGuest } from "../src/guest-names.ts";
import { listOf } from "./arbitraries.ts";

const long = "x".repeat(70);
/** Names as Proxmox allows them, and worse: equal ones, other cases, other guests' suffixed forms, too long ones. */
const anyName = fc.oneof(
  fc.constantFrom("web", "WEB", "web (100)", "Web (101)", "web (101) (102)", "web (101.2)"),
  fc.constantFrom(long, long.slice(1), `${"x".repeat(58)} (101)`, "\u{1F600}".repeat(70), "Straße", "İ"),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 70 }),
);
const guest: fc.Arbitrary<NamedGuest> = fc.record({
  vmid: fc.oneof(fc.integer({ min: 100, max: 104 }), fc.constant(999_999_999)),
  sourceName: anyName,
  storedName: fc.option(anyName, { nil: null }),
});
const guests = listOf(guest, ({ vmid }) => vmid);
const taken = fc.array(anyName, { maxLength: 5 });

const length = (name: string) => Array.from(name).length;
const fold = (name: string) => name.toLowerCase();

test("every guest gets a name of at most 64 characters that is unique ignoring case and not taken", () => {
  fc.assert(
    fc.property(guests, taken, (all, others) => {
      const names = assignGuestNames(all, others);
      expect([...names.keys()].toSorted((a, b) => a - b)).toEqual(
        all.map(({ vmid }) => vmid).toSorted((a, b) => a - b),
      );
      const folded = [...names.values()].map(fold);
      expect(new Set(folded).size).toBe(all.length);
      expect(folded.filter((name) => others.map(fold).includes(name))).toEqual([]);
      expect([...names.values()].filter((name) => length(name) > 64 || name === "")).toEqual([]);
    }),
  );
});

test("the same guests with the names given get them again, in whatever order they come", () => {
  fc.assert(
    fc.property(guests, taken, (all, others) => {
      const names = assignGuestNames(all, others);
      const fedBack = all.map((one) => ({ ...one, storedName: names.get(one.vmid) ?? null }));
      expect(assignGuestNames(fedBack, others)).toEqual(names);
      expect(assignGuestNames(fedBack.toReversed(), others.toReversed())).toEqual(names);
    }),
  );
});

test("a guest that has its own name keeps it, whatever is added", () => {
  fc.assert(
    fc.property(guests, guests, (first, added) => {
      const names = assignGuestNames(first, []);
      const newcomers = added.filter(({ vmid }) => !names.has(vmid));
      const holders = first.map((one) => ({ ...one, storedName: names.get(one.vmid) ?? null }));
      const later = assignGuestNames(
        [...newcomers.map((one) => ({ ...one, storedName: null })), ...holders],
        [],
      );
      for (const { vmid, sourceName } of first) {
        if (names.get(vmid) === Array.from(sourceName).slice(0, 64).join("")) {
          expect(later.get(vmid)).toBe(names.get(vmid));
        }
      }
    }),
  );
});

test("a suffixed guest keeps its name too, as long as names look like Proxmox's (it allows no brackets)", () => {
  const dnsName = fc.constantFrom("web", "Web", "db", "n1", "a.example");
  const dnsGuests = listOf(
    fc.record({
      vmid: fc.integer({ min: 100, max: 120 }),
      sourceName: dnsName,
      storedName: fc.constant(null),
    }),
    ({ vmid }) => vmid,
  );
  fc.assert(
    fc.property(dnsGuests, dnsGuests, (first, added) => {
      const names = assignGuestNames(first, []);
      const stored = first.map((one) => ({ ...one, storedName: names.get(one.vmid) ?? null }));
      const later = assignGuestNames([...added.filter(({ vmid }) => !names.has(vmid)), ...stored], []);
      expect([...names].map(([vmid]) => [vmid, later.get(vmid)])).toEqual([...names]);
    }),
  );
});

const named = (vmid: number, sourceName: string, storedName: string | null = null): NamedGuest => ({
  vmid,
  sourceName,
  storedName,
});

test.each<[string, NamedGuest[], string[], Record<number, string>]>([
  [
    "equal names: the lowest vmid has it, the others carry their vmid",
    [named(102, "web"), named(100, "web"), named(101, "WEB")],
    [],
    { 100: "web", 101: "WEB (101)", 102: "web (102)" },
  ],
  [
    "a holder keeps its name from a lower vmid",
    [named(100, "web"), named(105, "web", "web")],
    [],
    { 100: "web (100)", 105: "web" },
  ],
  [
    "a guest that is named like another one's suffixed form",
    [named(100, "web"), named(101, "web"), named(102, "web (101)")],
    [],
    { 100: "web", 101: "web (101)", 102: "web (101) (102)" },
  ],
  [
    "the suffixed form is taken by a holder",
    [named(100, "web", "web"), named(101, "web"), named(102, "web (101)", "web (101)")],
    [],
    { 100: "web", 101: "web (101.2)", 102: "web (101)" },
  ],
  ["names of other rows are taken, ignoring case", [named(100, "web")], ["WEB"], { 100: "web (100)" }],
  [
    "a freed name goes to the lowest vmid",
    [named(101, "web", "web (101)"), named(102, "web", "web (102)")],
    [],
    { 101: "web", 102: "web (102)" },
  ],
  [
    "two guests that swap their names",
    [named(100, "b", "a"), named(101, "a", "b")],
    [],
    { 100: "b", 101: "a" },
  ],
  [
    "a long name is cut before its suffix",
    [named(100, "x".repeat(64)), named(101, "x".repeat(80))],
    [],
    { 100: "x".repeat(64), 101: `${"x".repeat(58)} (101)` },
  ],
])("%s", (_sentence, all, others, expected) => {
  expect(Object.fromEntries(assignGuestNames(all, others))).toEqual(expected);
});

test("a name stays within 64 characters however many of its forms are taken", () => {
  const forms = Array.from({ length: 50 }, (_, index) => `web (999999999.${index})`);
  const name = assignGuestNames([named(999_999_999, "web")], ["web", "web (999999999)", ...forms]);
  expect([...name.values()]).toEqual(["web (999999999.50)"]);
});
