export { type SyncWorkerSettings, syncWorkerSettings } from "./config.ts";
export { createSyncWorker, type SyncWorkerOptions } from "./create-sync-worker.ts";
