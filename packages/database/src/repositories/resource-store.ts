import type { ReadModel } from "../listing/read-model.ts";
import type { Database } from "../open-database.ts";
import { entityWriter } from "./entity-writer.ts";
import { createLoggedStore, type LoggedStore } from "./logged-store.ts";

/** The store of a plain resource: its rows are written as its entity has them. Throws Error without such an entity. */
export function createResourceStore(database: Database, model: ReadModel): LoggedStore {
  const [table = ""] = model.table.split(" ");
  const metadata = database.source.entityMetadatas.find(({ tableName }) => tableName === table);
  if (metadata === undefined) throw new Error(`No entity belongs to the table ${table}`);
  return createLoggedStore(database, model, entityWriter(table, metadata.target));
}
