import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createTestDatabase, type TestDatabase } from "@proxbox/testing";
import { createEndpoints, endpointSecretAad, type LoggedStore, type RowChange } from "../src/index.ts";

const change: RowChange = {
  user: { id: 1, username: "admin" },
  requestId: "8fe1bfbd-246f-4b2f-862c-4c33b539746e",
  message: "because",
  objectType: "netbox_proxbox.proxmoxendpoint",
  describe: (row) => ({
    display: String(row["name"]),
    data: { name: row["name"], last_updated: row["lastUpdated"] },
  }),
};
const minimal = { mode: "cluster", domain: "pve.example" };

describe("endpoints in the database", () => {
  let db: TestDatabase;
  let endpoints: LoggedStore;
  const query = (sql: string, values: unknown[] = []): Promise<unknown> =>
    db.database.source.query(sql, values);
  const changes = (id: number): Promise<unknown> =>
    query(
      "select action, object_repr, prechange_data, postchange_data from object_change where changed_object_id = $1 order by id",
      [id],
    );

  beforeAll(async () => {
    db = await createTestDatabase();
    endpoints = createEndpoints(db.database, (plaintext, aad) => `sealed(${plaintext.length}, ${aad})`);
    await query("insert into user_account (id, username) values (1, 'admin')");
  });
  afterAll(async () => {
    await db.close();
  });

  test("secrets are sealed with the row's own id before they are stored", async () => {
    const { id } = await endpoints.create({ ...minimal, password: "four", tokenValue: "five5" }, change);
    const rows = await query(
      "select password_sealed, token_value_sealed, verify_ssl from endpoint where id = $1",
      [id],
    );
    expect(rows).toEqual([
      {
        password_sealed: `sealed(4, ${endpointSecretAad(id, "password")})`,
        token_value_sealed: `sealed(5, ${endpointSecretAad(id, "token_value")})`,
        verify_ssl: null,
      },
    ]);
  });

  test("an empty secret is none", async () => {
    const { id } = await endpoints.create({ ...minimal, password: "four" }, change);
    await endpoints.update(id, () => ({ password: null, tokenValue: "" }), change);
    const rows = await query("select password_sealed, token_value_sealed from endpoint where id = $1", [id]);
    expect(rows).toEqual([{ password_sealed: null, token_value_sealed: null }]);
  });

  test("a failing seal leaves neither row nor change-log entry", async () => {
    const failing = createEndpoints(db.database, () => {
      throw new Error("no key");
    });
    const count = () =>
      query(
        "select (select count(*) from endpoint) as rows, (select count(*) from object_change) as changes",
      );
    const before = await count();
    await expect(failing.create({ ...minimal, password: "x" }, change)).rejects.toThrow("no key");
    expect(await count()).toEqual(before);
  });

  test("last_updated always moves on, even against a clock that went back", async () => {
    const { id } = await endpoints.create(minimal, change);
    await query("update endpoint set last_updated = '2999-01-01 00:00:00.999999+00' where id = $1", [id]);
    const row = await endpoints.update(id, () => ({}), change);
    expect(row?.["lastUpdated"]).toBe("2999-01-01 00:00:01+00");
  });

  test("each change is logged with both sides, and one that changes nothing is not", async () => {
    const { id } = await endpoints.create({ ...minimal, name: "a" }, change);
    await endpoints.update(id, () => ({ name: "a" }), change);
    await endpoints.update(id, () => ({ name: "b" }), change);
    await endpoints.update(id, () => ({ password: "new" }), change);
    await endpoints.delete(id, () => undefined, change);
    expect(await changes(id)).toMatchObject([
      { action: "create", object_repr: "a", prechange_data: null, postchange_data: { name: "a" } },
      { action: "update", object_repr: "b", prechange_data: { name: "a" }, postchange_data: { name: "b" } },
      { action: "update", object_repr: "b", prechange_data: { name: "b" }, postchange_data: { name: "b" } },
      { action: "delete", object_repr: "b", prechange_data: { name: "b" }, postchange_data: null },
    ]);
  });

  test("a decision that throws changes nothing, and rows that are not there are told", async () => {
    const { id } = await endpoints.create({ ...minimal, name: "kept" }, change);
    const refuse = (): never => {
      throw new Error("refused");
    };
    await expect(endpoints.update(id, refuse, change)).rejects.toThrow("refused");
    await expect(endpoints.delete(id, refuse, change)).rejects.toThrow("refused");
    expect(await endpoints.get(id)).toMatchObject({ name: "kept" });
    expect(await endpoints.update(9_999, () => ({}), change)).toBeNull();
    expect(await endpoints.delete(9_999, () => undefined, change)).toBe(false);
  });

  test("concurrent decisions see each other's result", async () => {
    const { id } = await endpoints.create({ ...minimal, port: 1 }, change);
    const increment = () => endpoints.update(id, ({ port }) => ({ port: Number(port) + 1 }), change);
    await Promise.all([increment(), increment(), increment(), increment()]);
    expect(await endpoints.get(id)).toMatchObject({ port: 5 });
  });

  test("a taken value names its constraint", async () => {
    const [a, b] = [
      await endpoints.create(minimal, change),
      await endpoints.create({ ...minimal, enabled: false }, change),
    ];
    await query("update endpoint set cluster_identity = 'one' where id = any($1)", [[a.id, b.id]]);
    await expect(endpoints.update(b.id, () => ({ enabled: true }), change)).rejects.toMatchObject({
      code: "unique-violation",
      constraint: "endpoint_one_per_cluster",
    });
  });
});
