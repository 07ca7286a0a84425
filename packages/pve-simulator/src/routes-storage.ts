import { flag, text } from "./parameters.ts";
import { shuffle } from "./random.ts";
import { missingPrivilege, Refusal } from "./refusal.ts";
import { parameter } from "./request.ts";
import { contentList, storageDigest, storageIsOn, visibleStorages } from "./storage-entries.ts";
import type { RequestContext, Route } from "./request.ts";
import type { JsonObject } from "./write-json.ts";
import type { Storage } from "./world.ts";

const SEES_STORAGE = ["Datastore.Audit", "Datastore.AllocateSpace"] as const;

/** `/storage`, `/storage/{storage}`, `/nodes/{node}/storage`. */
export const storageRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/storage",
    parameters: { type: text },
    answer: (context) => ({ data: shuffle(storageList(context), context.random) }),
  },
  {
    method: "GET",
    path: "/storage/{storage}",
    check: (context) => {
      const path = `/storage/${parameter(context, "storage")}`;
      if (!context.permissions.has(path, "Datastore.Allocate")) {
        throw missingPrivilege(path, "Datastore.Allocate");
      }
    },
    answer: (context) => {
      const id = parameter(context, "storage");
      const storage = context.world.storages.get(id);
      if (!storage) throw new Refusal(500, `storage '${id}' does not exist`);
      return { data: configEntry(storage, context, storageDigest(context.world)) };
    },
  },
  {
    method: "GET",
    path: "/nodes/{node}/storage",
    parameters: { storage: text, content: text, enabled: flag, target: text, format: flag },
    answer: (context) => ({ data: shuffle(nodeStorages(context), context.random) }),
  },
];

function storageList(context: RequestContext): JsonObject[] {
  const type = context.parameters.get("type");
  const digest = storageDigest(context.world);
  return visibleStorages(context.world, context.permissions, SEES_STORAGE)
    .filter((storage) => type === undefined || storage.type === type)
    .map((storage) => configEntry(storage, context, digest));
}

function configEntry(storage: Storage, { random }: RequestContext, digest: string): JsonObject {
  return {
    storage: storage.id,
    type: storage.type,
    content: contentList(storage, random),
    digest,
    nodes: storage.nodes === null ? undefined : shuffle([...storage.nodes], random).join(","),
    disable: storage.disabled ? 1 : undefined,
    shared: storage.shared ? 1 : undefined,
    ...storage.settings,
  };
}

function nodeStorages(context: RequestContext): JsonObject[] {
  const { world, node, parameters, permissions } = context;
  const wanted = parameters.get("storage");
  const content = parameters.get("content")?.split(",");
  const onlyEnabled = parameters.get("enabled") === "1" || content !== undefined;
  return visibleStorages(world, permissions, SEES_STORAGE)
    .filter((storage) => wanted === undefined || storage.id === wanted)
    .filter((storage) => content === undefined || content.some((kind) => storage.content.includes(kind)))
    .filter((storage) => !onlyEnabled || isEnabled(storage, node.name))
    .map((storage) => nodeStorageEntry(storage, context));
}

function nodeStorageEntry(storage: Storage, { node, random }: RequestContext): JsonObject {
  const enabled = isEnabled(storage, node.name);
  const active = enabled && !storage.inactiveOn.includes(node.name);
  const { total, used } = active ? storage : { total: 0, used: 0 };
  return {
    storage: storage.id,
    type: storage.type,
    content: contentList(storage, random),
    enabled: Number(enabled),
    active: Number(active),
    shared: Number(storage.shared),
    total,
    used,
    avail: total - used,
    used_fraction: total > 0 ? used / total : undefined,
  };
}

function isEnabled(storage: Storage, nodeName: string): boolean {
  return !storage.disabled && storageIsOn(storage, nodeName);
}
