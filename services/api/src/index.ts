export { type ApiDependencies, createApi } from "./create-api.ts";
export { ensureFirstUser, superuserSettings } from "./first-user.ts";
export { environmentEndpoint, proxmoxSettings } from "./proxmox-settings.ts";
export { createSyncRequests } from "./sync-requests.ts";
export type { CancelJob, RequestSync, SyncRequest } from "./sync-routes.ts";
