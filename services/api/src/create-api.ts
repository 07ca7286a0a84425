import type { Express } from "express";
import {
  createEndpoints,
  createReadStore,
  createResourceStore,
  createTags,
  createUsers,
  type Database,
  jobReadModel,
  nodeReadModel,
  proxmoxClusterReadModel,
  replicationReadModel,
  storageReadModel,
  userReadModel,
  virtualizationClusterReadModel,
  virtualMachineReadModel,
} from "@proxbox/database";
import { addResource, createApiApp, type Resource, type ResourceStore } from "@proxbox/netbox-api";
import { type Logger, type Peppers, type SecretBox, withLogContext } from "@proxbox/service";
import { authenticateByToken } from "./authenticate.ts";
import { endpoints } from "./resources/endpoints.ts";
import { jobs } from "./resources/jobs.ts";
import { proxmoxClusters, proxmoxNodes } from "./resources/proxmox-clusters.ts";
import { replications } from "./resources/replications.ts";
import { storage } from "./resources/storage.ts";
import { tagResource } from "./resources/tags.ts";
import { virtualMachines } from "./resources/virtual-machines.ts";
import { addRootRoutes } from "./root-routes.ts";
import { addSyncRoutes, type CancelJob, type RequestSync } from "./sync-routes.ts";
import { warnOnce } from "./warn-once.ts";

export interface ApiDependencies {
  readonly database: Database;
  readonly secretBox: Pick<SecretBox, "seal">;
  readonly peppers: Peppers;
  readonly requestSync: RequestSync;
  readonly cancelJob: CancelJob;
  readonly log: Logger;
}

/** The REST API as an Express app that answers below `/api/`. It needs PostgreSQL and nothing else (rule R11). */
export function createApi({
  database,
  secretBox,
  peppers,
  requestSync,
  cancelJob,
  log,
}: ApiDependencies): Express {
  const read = database.source;
  const endpointStore = createEndpoints(database, (plaintext, aad) => secretBox.seal(plaintext, aad));
  const jobStore = createReadStore(read, jobReadModel);
  const userStore = createReadStore(read, userReadModel);
  const resources: [Resource, ResourceStore][] = [
    [replications, createResourceStore(database, replicationReadModel)],
    [endpoints, endpointStore],
    [proxmoxNodes, createResourceStore(database, nodeReadModel)],
    [proxmoxClusters, createResourceStore(database, proxmoxClusterReadModel)],
    [storage, createResourceStore(database, storageReadModel)],
    [virtualMachines, createResourceStore(database, virtualMachineReadModel)],
    [jobs, jobStore],
  ];
  const taggable = resources.filter(([{ fields }]) => fields.some(({ name }) => name === "tags"));
  resources.push([tagResource(taggable.map(([{ objectType }]) => objectType)), createTags(database)]);
  const stores = new Map<string, ResourceStore>([
    ...resources.map(([{ path }, store]) => [path, store] as const),
    ["users/users", userStore],
    ["virtualization/clusters", createReadStore(read, virtualizationClusterReadModel)],
  ]);

  const api = createApiApp({
    authenticate: authenticateByToken({ users: createUsers(database), peppers }),
    withContext: withLogContext,
    onUnusable: warnOnce(log),
    onError: (error, facts) => log.error("a request failed", { ...facts, error }),
  });
  const byPath = new Map(resources.map(([resource]) => [resource.path, resource]));
  const byRelation = new Map(
    resources.map(([resource, store]) => [store.relation, { resource, store }] as const),
  );
  addRootRoutes(api, userStore);
  for (const [resource, store] of resources) {
    addResource(api, {
      resource,
      store,
      stores: (path) => stores.get(path),
      resources: (path) => byPath.get(path),
      dependents: (relation) => byRelation.get(relation),
    });
  }
  addSyncRoutes(api, { requestSync, cancelJob, endpointStore, jobStore });
  api.finish();
  return api.app;
}
