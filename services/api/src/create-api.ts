import type { Express } from "express";
import {
  createCustomFieldCache,
  createEndpoints,
  createReadStore,
  createResourceStore,
  createUsers,
  customFieldChoiceSetReadModel,
  customFieldReadModel,
  type Database,
  clusterTypeReadModel,
  deviceReadModel,
  deviceRoleReadModel,
  deviceTypeReadModel,
  ipAddressReadModel,
  jobReadModel,
  manufacturerReadModel,
  nodeReadModel,
  objectChangeReadModel,
  proxmoxClusterReadModel,
  replicationReadModel,
  siteReadModel,
  storageReadModel,
  tagReadModel,
  tenantReadModel,
  virtualizationClusterReadModel,
  virtualMachineReadModel,
} from "@proxbox/database";
import {
  addResource,
  createApiApp,
  type Resource,
  type ResourceOfType,
  type ResourceStore,
  withCustomFields,
} from "@proxbox/netbox-api";
import { type Logger, type Peppers, type SecretBox, withLogContext } from "@proxbox/service";
import { accessResources } from "./access-resources.ts";
import { authenticateByToken } from "./authenticate.ts";
import { createGuessBrake } from "./guess-brake.ts";
import { customFieldChoiceSets } from "./resources/custom-field-choice-sets.ts";
import { customFieldResource } from "./resources/custom-fields.ts";
import { clusters } from "./resources/clusters.ts";
import { deviceRoles, deviceTypes, manufacturers, sites } from "./resources/dcim.ts";
import { devices } from "./resources/devices.ts";
import { endpoints } from "./resources/endpoints.ts";
import { ipAddresses } from "./resources/ip-addresses.ts";
import { jobs } from "./resources/jobs.ts";
import { objectChangeResource } from "./resources/object-changes.ts";
import { proxmoxClusters, proxmoxNodes } from "./resources/proxmox-clusters.ts";
import { replications } from "./resources/replications.ts";
import { storage } from "./resources/storage.ts";
import { tagResource } from "./resources/tags.ts";
import { clusterTypes, tenants } from "./resources/tenants.ts";
import { virtualMachines } from "./resources/virtual-machines.ts";
import { addRootRoutes } from "./root-routes.ts";
import { addSyncRoutes, type CancelJob, type RequestSync } from "./sync-routes.ts";
import { addTokenProvision } from "./token-provision.ts";
import { warnOnce } from "./warn-once.ts";

export interface ApiDependencies {
  readonly database: Database;
  readonly secretBox: Pick<SecretBox, "seal">;
  readonly peppers: Peppers;
  readonly requestSync: RequestSync;
  readonly cancelJob: CancelJob;
  readonly log: Logger;
  /** Addresses and networks whose `X-Forwarded-*` headers count; by default nobody's. */
  readonly trustedProxies?: readonly string[];
}

/** The REST API as an Express app that answers below `/api/`. It needs PostgreSQL and nothing else (rule R11). */
export function createApi({
  database,
  secretBox,
  peppers,
  requestSync,
  cancelJob,
  log,
  trustedProxies = [],
}: ApiDependencies): Express {
  const read = database.source;
  const endpointStore = createEndpoints(database, (plaintext, aad) => secretBox.seal(plaintext, aad));
  const jobStore = createReadStore(read, jobReadModel);
  const resources: [Resource, ResourceStore][] = [
    [replications, createResourceStore(database, replicationReadModel)],
    [endpoints, endpointStore],
    [proxmoxNodes, createResourceStore(database, nodeReadModel)],
    [proxmoxClusters, createResourceStore(database, proxmoxClusterReadModel)],
    [storage, createResourceStore(database, storageReadModel)],
    [virtualMachines, createResourceStore(database, virtualMachineReadModel)],
    [clusters, createResourceStore(database, virtualizationClusterReadModel)],
    [clusterTypes, createResourceStore(database, clusterTypeReadModel)],
    [sites, createResourceStore(database, siteReadModel)],
    [manufacturers, createResourceStore(database, manufacturerReadModel)],
    [deviceTypes, createResourceStore(database, deviceTypeReadModel)],
    [deviceRoles, createResourceStore(database, deviceRoleReadModel)],
    [devices, createResourceStore(database, deviceReadModel)],
    [ipAddresses, createResourceStore(database, ipAddressReadModel)],
    [tenants, createResourceStore(database, tenantReadModel)],
    [jobs, jobStore],
  ];
  const resourceOfType: ResourceOfType = (objectType) =>
    resources.find(([resource]) => resource.objectType === objectType)?.[0];
  const annotated = resources.filter(([{ fields }]) => fields.some(({ name }) => name === "tags"));
  const extendable = annotated.map(([{ objectType }]) => objectType);
  const referable = resources.map(([{ objectType }]) => objectType);
  resources.push(
    [tagResource(extendable), createResourceStore(database, tagReadModel)],
    [customFieldResource({ extendable, referable }), createResourceStore(database, customFieldReadModel)],
    [customFieldChoiceSets, createResourceStore(database, customFieldChoiceSetReadModel)],
    [objectChangeResource(resourceOfType), createReadStore(read, objectChangeReadModel)],
  );
  const objectTypes = resources.map(([{ objectType }]) => objectType);
  const access = accessResources({ database, peppers, objectTypes });
  resources.push(...access.resources);
  const stores = new Map<string, ResourceStore>([
    ...resources.map(([{ path }, store]) => [path, store] as const),
  ]);

  const users = createUsers(database);
  const brake = createGuessBrake();
  const api = createApiApp({
    authenticate: authenticateByToken({ users, peppers, brake }),
    withContext: withLogContext,
    onUnusable: warnOnce(log),
    onError: (error, facts) => log.error("a request failed", { ...facts, error }),
  });
  const byPath = new Map(resources.map(([resource]) => [resource.path, resource]));
  const byRelation = new Map(
    resources.map(([resource, store]) => [store.relation, { resource, store }] as const),
  );
  const findCustomFields = createCustomFieldCache(read);
  addRootRoutes(api, (path) => stores.get(path));
  addTokenProvision(api, { users, brake, tokenStore: access.tokenStore, stores: (path) => stores.get(path) });
  for (const [resource, store] of resources) {
    addResource(api, {
      resource,
      store,
      current: withCustomFields(resource, findCustomFields, resourceOfType),
      stores: (path) => stores.get(path),
      resources: (path) => byPath.get(path),
      dependents: (relation) => byRelation.get(relation),
    });
  }
  addSyncRoutes(api, { requestSync, cancelJob, endpointStore, jobStore });
  api.app.set("trust proxy", [...trustedProxies]);
  api.finish();
  return api.app;
}
