import { assertSchemaCompatibility, LATEST_SCHEMA_VERSION, type PgPool as BullPool } from "bullmq";
import type { PgPool } from "./queue-backend.ts";
import { QueueError } from "./queue-error.ts";

/** BullMQ describes a `pg.Pool` in overloads to which the generics of pg's own types are not assignable. */
export function asBullPool(pool: PgPool): BullPool {
  return pool as unknown as BullPool;
}

/** Throws unless the server answers and BullMQ's schema is neither missing, too old nor too new. */
export async function assertMigrated(pool: PgPool): Promise<void> {
  const version = await assertSchemaCompatibility(asBullPool(pool));
  if (version < LATEST_SCHEMA_VERSION) {
    throw new QueueError(
      "unavailable",
      `the queue's schema has version ${version}, not ${LATEST_SCHEMA_VERSION}: migrate first`,
    );
  }
}
