import { expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  type Absence,
  type JsonObject,
  type JsonValue,
  type Plan,
  planRows,
  type StoredRow,
} from "../src/index.ts";
import { jsonObject, listOf, withReversedKeys } from "./arbitraries.ts";

interface Row {
  readonly id: string;
  readonly size: number | null;
  readonly raw: JsonValue;
}

const key = ({ id }: Row) => id;
const row: fc.Arbitrary<Row> = fc.record({
  id: fc.constantFrom("a", "b", "c", "d", "e", "f"),
  size: fc.option(fc.integer({ min: 0, max: 2 }), { nil: null }),
  raw: fc.constantFrom<JsonObject>({}, { a: 1 }, { a: [1, { b: null }] }),
});
const desired = listOf(row, key);
const stored: fc.Arbitrary<StoredRow<Row>[]> = listOf(
  fc.record({ row, stale: fc.boolean() }),
  (entry) => entry.row.id,
);
/** What is known of the absence of each key. */
const gone = fc.subarray(["a", "b", "c", "d", "e", "f"]);

const absenceBy =
  (goneKeys: readonly string[]) =>
  ({ id }: Row): Absence =>
    goneKeys.includes(id) ? { gone: true, proof: { saw: id } } : { gone: false, reason: `no proof of ${id}` };

function applied(entries: readonly StoredRow<Row>[], plan: Plan<Row>): StoredRow<Row>[] {
  const rows = new Map(entries.map((entry) => [entry.row.id, entry]));
  for (const after of [...plan.create, ...plan.update.map((change) => change.after)]) {
    rows.set(after.id, { row: after, stale: false });
  }
  for (const { key: id } of plan.stale) {
    const entry = rows.get(id);
    if (entry !== undefined) rows.set(id, { ...entry, stale: true });
  }
  return [...rows.values()];
}

test("planning again after applying the plan is empty", () => {
  fc.assert(
    fc.property(desired, stored, gone, (wanted, entries, goneKeys) => {
      const input = { key, desired: wanted, absence: absenceBy(goneKeys) };
      const first = planRows({ ...input, stored: entries });
      const second = planRows({ ...input, stored: applied(entries, first) });
      expect(second).toEqual({
        create: [],
        update: [],
        stale: [],
        kept: first.kept,
        unchanged: wanted.length,
      });
    }),
  );
});

test("rows that are as they were yield nothing", () => {
  fc.assert(
    fc.property(desired, (rows) => {
      const plan = planRows({
        key,
        desired: rows.map((one) => ({ ...one, raw: withReversedKeys(one.raw) })).toReversed(),
        stored: rows.map((one) => ({ row: one, stale: false })),
        absence: absenceBy([]),
      });
      expect(plan).toEqual({ create: [], update: [], stale: [], kept: [], unchanged: rows.length });
    }),
  );
});

test("every key is in exactly one list, or is unchanged, or was stale already", () => {
  fc.assert(
    fc.property(desired, stored, gone, (wanted, entries, goneKeys) => {
      const plan = planRows({ key, desired: wanted, stored: entries, absence: absenceBy(goneKeys) });
      const listed = [
        ...plan.create.map(key),
        ...plan.update.map(({ after }) => key(after)),
        ...plan.stale.map((one) => one.key),
        ...plan.kept.map((one) => one.key),
      ];
      expect(new Set(listed).size).toBe(listed.length);
      const known = new Set([...wanted.map(key), ...entries.map((entry) => key(entry.row))]);
      expect(listed.every((id) => known.has(id))).toBe(true);
      const alreadyStale = entries.filter(
        (entry) => entry.stale && !wanted.some((one) => one.id === entry.row.id),
      );
      expect(listed.length + plan.unchanged + alreadyStale.length).toBe(known.size);
    }),
  );
});

test("nothing goes stale unless it is not listed and its absence says gone, and then with that proof", () => {
  fc.assert(
    fc.property(desired, stored, gone, (wanted, entries, goneKeys) => {
      const plan = planRows({ key, desired: wanted, stored: entries, absence: absenceBy(goneKeys) });
      const vanished = entries.filter(
        (entry) => !entry.stale && !wanted.some((one) => one.id === entry.row.id),
      );
      const ids = vanished.map((entry) => entry.row.id);
      expect(plan.stale).toEqual(
        ids.filter((id) => goneKeys.includes(id)).map((id) => ({ key: id, proof: { saw: id } })),
      );
      expect(plan.kept).toEqual(
        ids.filter((id) => !goneKeys.includes(id)).map((id) => ({ key: id, reason: `no proof of ${id}` })),
      );
    }),
  );
});

test("an empty answer without proof keeps everything", () => {
  fc.assert(
    fc.property(stored, (entries) => {
      const plan = planRows({ key, desired: [], stored: entries, absence: absenceBy([]) });
      expect(plan.stale).toEqual([]);
      expect(plan.kept).toHaveLength(entries.filter(({ stale }) => !stale).length);
    }),
  );
});

test("a stale row that is listed again is an update, also when no field differs", () => {
  const before: Row = { id: "a", size: 1, raw: {} };
  const plan = planRows({
    key,
    desired: [{ ...before }],
    stored: [{ row: before, stale: true }],
    absence: absenceBy(["a"]),
  });
  expect(plan).toEqual({
    create: [],
    update: [{ before, after: before, fields: [] }],
    stale: [],
    kept: [],
    unchanged: 0,
  });
});

test("an update names the fields that differ, and only those", () => {
  fc.assert(
    fc.property(row, row, (before, other) => {
      const after = { ...other, id: before.id };
      const plan = planRows({
        key,
        desired: [after],
        stored: [{ row: before, stale: false }],
        absence: absenceBy([]),
      });
      const fields = [
        ...(before.size === after.size ? [] : ["size"]),
        ...(JSON.stringify(before.raw) === JSON.stringify(after.raw) ? [] : ["raw"]),
      ];
      expect(plan.update).toEqual(fields.length === 0 ? [] : [{ before, after, fields }]);
    }),
  );
});

test("the order of the keys of a JSON object is irrelevant", () => {
  fc.assert(
    fc.property(jsonObject, (raw) => {
      const plan = planRows<Row>({
        key,
        desired: [{ id: "a", size: 1, raw: withReversedKeys(raw) }],
        stored: [{ row: { id: "a", size: 1, raw }, stale: false }],
        absence: absenceBy([]),
      });
      expect({ update: plan.update, unchanged: plan.unchanged }).toEqual({ update: [], unchanged: 1 });
    }),
  );
});

test("the order of the elements of a JSON array is not irrelevant", () => {
  const plan = planRows<Row>({
    key,
    desired: [{ id: "a", size: 1, raw: [2, 1] }],
    stored: [{ row: { id: "a", size: 1, raw: [1, 2] }, stale: false }],
    absence: absenceBy([]),
  });
  expect(plan.update.map(({ fields }) => fields)).toEqual([["raw"]]);
});
