export type { EndpointEntity } from "./entities/endpoint.ts";
export { isMigrated, migrate } from "./migrate.ts";
export { type Database, type DatabaseOptions, openDatabase, openQueuePool } from "./open-database.ts";
export { replicationStateReasonSql, replicationStateSql, unknownReasonSql } from "./replication-state.ts";
export { type AcceptedJob, createJobs, type Jobs, type SyncRequest } from "./repositories/jobs.ts";
export {
  type Beginning,
  type BegunRun,
  createRuns,
  type Lease,
  LeaseLost,
  type Runs,
} from "./repositories/runs.ts";
export type { Author, SyncWriter } from "./sync/sync-writer.ts";
