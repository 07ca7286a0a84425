export { EmbeddedPostgresError, type EmbeddedPostgresErrorCode } from "./embedded-postgres-error.ts";
export {
  startEmbeddedPostgres,
  stopAbandonedPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  type StartLog,
} from "./start-embedded-postgres.ts";
export type { ServerSettings } from "./server-settings.ts";
