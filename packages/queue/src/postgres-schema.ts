import { assertSchemaCompatibility, LATEST_SCHEMA_VERSION } from "bullmq";
import type { PgPool } from "./queue-backend.ts";
import { QueueError } from "./queue-error.ts";

/** Throws unless the server answers and BullMQ's schema is neither missing, too old nor too new. */
export async function assertMigrated(pool: PgPool): Promise<void> {
  const version = await assertSchemaCompatibility(pool);
  if (version < LATEST_SCHEMA_VERSION) {
    throw new QueueError(
      "unavailable",
      `the queue's schema has version ${version}, not ${LATEST_SCHEMA_VERSION}: migrate first`,
    );
  }
}
