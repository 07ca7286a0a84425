import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createTestDatabase, type TestDatabase } from "@proxbox/testing";
import { isMigrated, migrate, openDatabase } from "../src/index.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.close());

test("entities and migrations describe the same schema", async () => {
  // TypeORM files the expressions of generated columns under the database's name, and this database is a clone.
  await db.database.source.query("update typeorm_metadata set database = current_database()");
  const { upQueries } = await db.database.source.driver.createSchemaBuilder().log();
  expect(upQueries.map(({ query }) => query)).toEqual([]);
});

test("migrating again applies nothing, also when several processes do it at once", async () => {
  const databases = await Promise.all([1, 2, 3].map(() => openDatabase({ url: db.url, poolSize: 2 })));
  try {
    const applied = await Promise.all(
      databases.map((database) => migrate(database, () => Promise.resolve())),
    );
    expect(applied).toEqual([[], [], []]);
    expect(await isMigrated(db.database)).toBe(true);
  } finally {
    await Promise.all(databases.map((database) => database.close()));
  }
});

test("every migration can be undone", async () => {
  const other = await createTestDatabase();
  try {
    for (const _ of other.database.source.migrations) await other.database.source.undoLastMigration();
    const tables = await other.database.source.query<{ table_name: string }[]>(
      "select table_name from information_schema.tables where table_schema = 'public'",
    );
    expect(tables.map(({ table_name }) => table_name).toSorted()).toEqual(["migrations", "typeorm_metadata"]);
  } finally {
    await other.close();
  }
});
