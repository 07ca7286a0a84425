import { randomUUID } from "node:crypto";
import { type Database, migrate, openDatabase } from "@proxbox/database";

/** A migrated database that one test file has for itself. */
export interface TestDatabase {
  readonly url: string;
  readonly database: Database;
  /** Closes the connections and drops the database. */
  close(): Promise<void>;
}

const template = "proxbox_test_template";
/** Any number; only test processes of one server meet here. */
const templateLock = 7_203_511;

/** Clones a migrated template, which the first caller of a test run makes. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = process.env["TEST_DATABASE_URL"];
  if (server === undefined) throw new Error("TEST_DATABASE_URL is not set: run the tests with npm test");
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await withServer(server, async (admin) => {
    await ensureTemplate(admin, server);
    await admin.source.query(`create database ${name} template ${template}`);
  });
  const url = databaseUrl(server, name);
  const database = await openDatabase({ url, poolSize: 8 });
  return {
    url,
    database,
    async close() {
      await database.close();
      await withServer(server, async (admin) => {
        await admin.source.query(`drop database ${name} with (force)`);
      });
    },
  };
}

async function withServer(server: string, work: (admin: Database) => Promise<void>): Promise<void> {
  const admin = await openDatabase({ url: server, poolSize: 1 });
  try {
    await work(admin);
  } finally {
    await admin.close();
  }
}

/** One connection in the pool: the session-level lock holds for all statements between. */
async function ensureTemplate(admin: Database, server: string): Promise<void> {
  await admin.source.query("select pg_advisory_lock($1)", [templateLock]);
  try {
    const found = await admin.source.query<unknown[]>("select 1 from pg_database where datname = $1", [
      template,
    ]);
    if (found.length > 0) return;
    const building = `${template}_new`;
    await admin.source.query(`drop database if exists ${building} with (force)`);
    await admin.source.query(`create database ${building}`);
    const database = await openDatabase({ url: databaseUrl(server, building), poolSize: 2 });
    try {
      await migrate(database, () => Promise.resolve());
    } finally {
      await database.close();
    }
    await admin.source.query(`alter database ${building} rename to ${template}`);
  } finally {
    await admin.source.query("select pg_advisory_unlock($1)", [templateLock]);
  }
}

function databaseUrl(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}
