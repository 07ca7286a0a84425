import { TagEntity } from "../entities/tag.ts";
import { tagReadModel } from "../listing/read-models/tag.ts";
import type { Database } from "../open-database.ts";
import { entityWriter } from "./entity-writer.ts";
import { createLoggedStore, type LoggedStore } from "./logged-store.ts";

/** Tags. Who deletes one takes it off every object. */
export function createTags(database: Database): LoggedStore {
  return createLoggedStore(database, tagReadModel, entityWriter("tag", TagEntity));
}
