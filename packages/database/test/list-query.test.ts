import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { ListQuery, Term } from "@proxbox/domain";
import { createTestDatabase, type TestDatabase } from "@proxbox/testing";
import fc from "fast-check";
import { createReadStore, endpointReadModel, replicationReadModel, type ReadStore } from "../src/index.ts";

const everything: ListQuery = {
  where: [],
  search: null,
  order: [],
  page: { by: "offset", offset: 0, limit: null },
};

describe("list queries", () => {
  let db: TestDatabase;
  let replications: ReadStore;
  let endpoints: ReadStore;
  const query = (sql: string, values: unknown[] = []): Promise<unknown> =>
    db.database.source.query(sql, values);
  const idsWhere = async (...where: Term[]): Promise<number[]> =>
    (await replications.list({ ...everything, where, order: [{ field: "id", descending: false }] })).rows.map(
      ({ id }) => id,
    );
  const named = async (test: "contains" | "starts" | "ends" | "same" | "regex" | "iregex", value: string) => {
    const where: Term[] = [{ test, field: "name", values: [value], negated: false }];
    return (await endpoints.list({ ...everything, where })).rows.map(({ name }) => name);
  };

  beforeAll(async () => {
    db = await createTestDatabase();
    replications = createReadStore(db.database.source, replicationReadModel);
    endpoints = createReadStore(db.database.source, endpointReadModel);
    await query(`insert into endpoint (id, name, domain, mode) values
      (1, 'b', 'x', 'cluster'), (2, 'a', 'x', 'cluster'), (3, null, 'x', 'cluster'), (4, 'a', 'x', 'cluster'),
      (5, '50%_of\\all', 'x', 'cluster'), (6, 'ÄPFEL', 'x', 'cluster')`);
    await query(
      `insert into virtual_machine (id, endpoint_id, vmid, name) values (1, 1, 100, 'web'), (2, 2, 100, 'web')`,
    );
    await query(`insert into replication (id, endpoint_id, replication_id, virtual_machine_id, unresolved_reason, guest, target, jobnum, comment, created)
      select i, case when i % 6 = 0 then null else i % 5 + 1 end, (i * 7 % 40) || '-' || i, case i when 1 then 1 when 2 then 2 end, 'gone', i * 7 % 40,
        'node' || i % 3, i, case when i % 2 = 0 then null else 'c' || i end, timestamptz '2026-01-01 00:00:00.000001+00' + i * interval '1 microsecond'
      from generate_series(1, 60) i`);
  });
  afterAll(async () => {
    await db.close();
  });

  test("percent, underscore and backslash in a text are themselves", async () => {
    expect(await named("contains", "0%_")).toEqual(["50%_of\\all"]);
    expect(await named("ends", "\\ALL")).toEqual(["50%_of\\all"]);
    expect(await named("starts", "_")).toEqual([]);
    expect(await named("same", "50%_OF\\ALL")).toEqual(["50%_of\\all"]);
  });

  test("case is ignored beyond ASCII as well", async () => {
    expect(await named("contains", "äpf")).toEqual(["ÄPFEL"]);
    expect(await named("iregex", "^äpf")).toEqual(["ÄPFEL"]);
    expect(await named("regex", "^äpf")).toEqual([]);
  });

  test("a broken expression is an error with a code, and the transaction's connection survives", async () => {
    await expect(named("regex", "[")).rejects.toMatchObject({ code: "invalid-pattern" });
    expect(await named("regex", "^b$")).toEqual(["b"]);
  });

  test("instants are compared to the microsecond", async () => {
    const at = (values: string[]): Term => ({
      test: "in",
      field: "created",
      values,
      orNull: false,
      negated: false,
    });
    expect(await idsWhere(at(["2026-01-01T00:00:00.000005Z"]))).toEqual([4]);
    expect(await idsWhere({ test: "lt", field: "created", values: ["2026-01-01T00:00:00.000003Z"] })).toEqual(
      [1],
    );
  });

  test("a negation keeps the rows without a value, unless it was about them", async () => {
    const comment = (values: string[], orNull: boolean, negated: boolean): Term => ({
      test: "in",
      field: "comment",
      values,
      orNull,
      negated,
    });
    expect(await idsWhere(comment(["c1"], false, true))).toHaveLength(59);
    expect(await idsWhere(comment([], true, true))).toHaveLength(30);
    expect(await idsWhere(comment(["c1"], true, true))).toHaveLength(29);
    expect(await idsWhere({ test: "contains", field: "comment", values: ["c"], negated: true })).toHaveLength(
      30,
    );
    expect(await idsWhere({ test: "empty", field: "comment", negated: true })).toHaveLength(30);
  });

  test("numbers beyond the column's type match nothing, and are no error", async () => {
    const guest = (values: number[]): Term => ({
      test: "in",
      field: "guest",
      values,
      orNull: false,
      negated: false,
    });
    expect(await idsWhere(guest([Number.MAX_SAFE_INTEGER]))).toEqual([]);
    expect(await idsWhere({ test: "lt", field: "guest", values: [Number.MAX_SAFE_INTEGER] })).toHaveLength(
      60,
    );
  });

  test("conditions on what was changed by a request look into the change log", async () => {
    const requestId = "8fe1bfbd-246f-4b2f-862c-4c33b539746e";
    await query(
      `insert into object_change (user_name, request_id, action, changed_object_type, changed_object_id, object_repr)
       values ('a', $1, 'update', 'netbox_proxbox.replication', 7, ''), ('a', $1, 'create', 'netbox_proxbox.other', 8, '')`,
      [requestId],
    );
    const by = (field: string): Term => ({
      test: "in",
      field,
      values: [requestId],
      orNull: false,
      negated: false,
    });
    expect(await idsWhere(by("modifiedByRequest"))).toEqual([7]);
    expect(await idsWhere(by("createdByRequest"))).toEqual([]);
  });

  test("a field that the read model does not know is a programming error, whatever it is called", async () => {
    for (const field of ["id; drop table replication", "constructor", "__proto__"]) {
      const where: Term[] = [{ test: "empty", field, negated: false }];
      await expect(replications.list({ ...everything, where })).rejects.toMatchObject({
        code: "unknown-field",
      });
    }
  });

  test("any text is only ever a value", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme", minLength: 1 }), async (text) => {
        const value = text.replaceAll("\0", "0");
        const where: Term[] = [{ test: "contains", field: "target", values: [value], negated: false }];
        const expected = ["node0", "node1", "node2"].filter((target) => target.includes(value.toLowerCase()));
        expect(await idsWhere(...where)).toHaveLength(expected.length * 20);
      }),
      { examples: [["node1' or true --"], ["%"], ["O"], ["$1"]], numRuns: 50 },
    );
  });

  test("pages of the default order are cuts of the whole, near the beginning and far from it", async () => {
    const whole = (await replications.list({ ...everything, order: [] })).rows.map(({ id }) => id);
    const expected: unknown = await query(
      `select array_agg(r.id order by e.name, e.id, r.replication_id) as ids
       from replication r left join endpoint e on e.id = r.endpoint_id`,
    );
    expect(expected).toEqual([{ ids: whole }]);
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 70 }), fc.integer({ min: 1, max: 20 }), async (offset, limit) => {
        const { rows, count } = await replications.list({
          ...everything,
          page: { by: "offset", offset, limit },
        });
        expect(rows.map(({ id }) => id)).toEqual(whole.slice(offset, offset + limit));
        expect(count).toBe(60);
      }),
      { numRuns: 30 },
    );
    const where: Term[] = [{ test: "in", field: "target", values: ["node1"], orNull: false, negated: false }];
    const some = await replications.list({
      ...everything,
      where,
      page: { by: "offset", offset: 3, limit: 4 },
    });
    const all = await replications.list({ ...everything, where });
    expect(some.count).toBe(20);
    expect(some.rows).toEqual(all.rows.slice(3, 7));
  });

  test("an explicit order puts missing values last when it rises and first when it falls", async () => {
    const order = async (field: string, descending: boolean) =>
      (await replications.list({ ...everything, order: [{ field, descending }] })).rows;
    expect((await order("comment", false)).slice(30).every(({ comment }) => comment === null)).toBe(true);
    expect((await order("comment", true)).slice(0, 30).every(({ comment }) => comment === null)).toBe(true);
    const names = (await order("virtualMachine", false))
      .slice(0, 2)
      .map(({ virtualMachine }) => virtualMachine);
    expect(names).toEqual([
      { id: 1, name: "web" },
      { id: 2, name: "web" },
    ]);
  });

  test("a cursor walks all ids once, without counting", async () => {
    const seen: number[] = [];
    for (let start = 0, full = true; full;) {
      const { rows, count } = await replications.list({
        ...everything,
        page: { by: "cursor", start, limit: 7 },
      });
      expect(count).toBeNull();
      seen.push(...rows.map(({ id }) => id));
      full = rows.length === 7;
      start = (seen.at(-1) ?? 0) + 1;
    }
    expect(seen).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
  });

  test("one row is read by its id", async () => {
    expect(await replications.get(1)).toMatchObject({
      id: 1,
      endpoint: { id: 2, name: "a", domain: "x" },
      virtualMachine: { id: 1, name: "web" },
      proxmoxNode: null,
      created: "2026-01-01 00:00:00.000002+00",
    });
    expect(await replications.get(9_999)).toBeNull();
  });
});
