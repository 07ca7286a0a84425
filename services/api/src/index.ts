export { type ApiDependencies, createApi } from "./create-api.ts";
export type { CancelJob, RequestSync, SyncRequest } from "./sync-routes.ts";
