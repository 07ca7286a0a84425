export { isMigrated, migrate } from "./migrate.ts";
export { type Database, type DatabaseOptions, openDatabase, openQueuePool } from "./open-database.ts";
