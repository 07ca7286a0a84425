export type { EndpointEntity } from "./entities/endpoint.ts";
export { isMigrated, migrate } from "./migrate.ts";
export { type Database, type DatabaseOptions, openDatabase, openQueuePool } from "./open-database.ts";
export { type EnvironmentEndpoint, keepEnvironmentEndpoint } from "./repositories/environment-endpoint.ts";
export { replicationStateReasonSql, replicationStateSql, unknownReasonSql } from "./replication-state.ts";
export { listReplicationOverview, type ReplicationOverview } from "./repositories/replication-overview.ts";
export { type AcceptedJob, createJobs, type Jobs, type SyncRequest } from "./repositories/jobs.ts";
export { type Lease, LeaseLost } from "./repositories/endpoint-lease.ts";
export { type Beginning, type BegunRun, createRuns, type Runs } from "./repositories/runs.ts";
export type { Author, SyncWriter } from "./sync/sync-writer.ts";
export {
  createReadStore,
  type Queryable,
  type ReadStore,
  type StoredRow,
} from "./listing/create-read-store.ts";
export { ListQueryError, type ListQueryErrorCode } from "./listing/list-query-error.ts";
export type { ReadField, ReadModel } from "./listing/read-model.ts";
export {
  deviceReadModel,
  deviceRoleReadModel,
  deviceTypeReadModel,
  manufacturerReadModel,
  siteReadModel,
} from "./listing/read-models/dcim.ts";
export { endpointReadModel } from "./listing/read-models/endpoint.ts";
export { ipAddressReadModel } from "./listing/read-models/ip-address.ts";
export { jobReadModel } from "./listing/read-models/job.ts";
export { nodeReadModel, proxmoxClusterReadModel } from "./listing/read-models/proxmox-cluster.ts";
export { objectChangeReadModel } from "./listing/read-models/object-change.ts";
export { replicationReadModel } from "./listing/read-models/replication.ts";
export { storageReadModel } from "./listing/read-models/storage.ts";
export { clusterTypeReadModel, tenantReadModel } from "./listing/read-models/tenant.ts";
export { customFieldChoiceSetReadModel, customFieldReadModel } from "./listing/read-models/custom-field.ts";
export { tagReadModel } from "./listing/read-models/tag.ts";
export {
  virtualizationClusterReadModel,
  virtualMachineReadModel,
} from "./listing/read-models/virtual-machine.ts";
export { createEndpoints, endpointSecretAad, type Seal } from "./repositories/endpoints.ts";
export { createCustomFieldCache, type FindCustomFields } from "./repositories/custom-fields.ts";
export type { LoggedStore, RowChange, WrittenValues } from "./repositories/logged-store.ts";
export { createResourceStore } from "./repositories/resource-store.ts";
export { UniqueViolationError } from "./repositories/unique-violation-error.ts";
export {
  createGroupStore,
  createPermissionStore,
  createTokenStore,
  createUserStore,
} from "./repositories/access-stores.ts";
export { matchesPassword } from "./repositories/password-hash.ts";
export {
  createUsers,
  type GeneratedAccess,
  randomText,
  type StoredPermission,
  type StoredToken,
  type Superuser,
  type Users,
} from "./repositories/users.ts";
