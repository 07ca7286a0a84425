import { type Database } from "./open-database.ts";

/** "proxbox" in ASCII: the key of the session-level advisory lock that lets one process migrate at a time. */
const migrationLock = "31649681137332088";

/**
 * Brings the schema up to date, then runs `afterwards` (the queue's own migrations) under the same lock.
 * Any number of processes may call this at once; each returns when the schema is current. Needs two connections.
 */
export async function migrate(database: Database, afterwards: () => Promise<void>): Promise<string[]> {
  const runner = database.source.createQueryRunner();
  await runner.connect();
  try {
    await runner.query("select pg_advisory_lock($1::bigint)", [migrationLock]);
    try {
      const applied = await database.source.runMigrations({ transaction: "all" });
      await afterwards();
      return applied.map(({ name }) => name);
    } finally {
      await runner.query("select pg_advisory_unlock($1::bigint)", [migrationLock]);
    }
  } finally {
    await runner.release();
  }
}

/** Is every migration of this program applied? Processes that do not migrate wait for it before they are ready. */
export async function isMigrated(database: Database): Promise<boolean> {
  return !(await database.source.showMigrations());
}
