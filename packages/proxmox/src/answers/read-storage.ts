import type { JsonObject, JsonValue, StorageFacts } from "@proxbox/domain";
import { z } from "zod";
import { readList } from "./read-list.ts";
import { flag, name, nameSet, optionalInteger, optionalLimit, optionalText } from "./wire-values.ts";

/** A property string; written as an object by some versions and clients. */
const pruneBackups = z.union([
  optionalText,
  z.record(z.string(), optionalText).transform((keep) =>
    Object.entries(keep)
      .map(([key, value]) => `${key}=${value ?? ""}`)
      .sort()
      .join(","),
  ),
]);

const wireStorage = z.object({
  storage: name,
  type: name,
  content: nameSet,
  nodes: nameSet,
  shared: flag,
  disable: flag,
  path: optionalText,
  server: optionalText,
  port: optionalInteger,
  username: optionalText,
  export: optionalText,
  share: optionalText,
  pool: optionalText,
  monhost: optionalText,
  namespace: optionalText,
  datastore: optionalText,
  subdir: optionalText,
  mountpoint: optionalText,
  is_mountpoint: optionalText,
  preallocation: optionalText,
  format: optionalText,
  "prune-backups": pruneBackups,
  "max-protected-backups": optionalLimit,
});

/** `GET /storage`. */
export function readStorage(data: JsonValue): StorageFacts[] {
  return readList(data, { schema: wireStorage, toValue: storageFacts, identity: (storage) => storage.name });
}

function storageFacts(wire: z.output<typeof wireStorage>, sent: JsonObject): StorageFacts {
  return {
    name: wire.storage,
    type: wire.type,
    content: wire.content,
    nodes: wire.nodes.length === 0 ? null : wire.nodes,
    shared: wire.shared,
    enabled: !wire.disable,
    path: wire.path,
    server: wire.server,
    port: wire.port,
    username: wire.username,
    export: wire.export,
    share: wire.share,
    pool: wire.pool,
    monhost: wire.monhost,
    namespace: wire.namespace,
    datastore: wire.datastore,
    subdir: wire.subdir,
    mountpoint: wire.mountpoint,
    isMountpoint: wire.is_mountpoint,
    preallocation: wire.preallocation,
    format: wire.format,
    pruneBackups: wire["prune-backups"],
    maxProtectedBackups: wire["max-protected-backups"],
    raw: comparable(sent, wire),
  };
}

/** Proxmox keeps secrets elsewhere, but storage plugins of others may write them into storage.cfg. */
const secretKey = /(^|[-_])(password|passwd|secret|token|keyring)$/i;

/** `digest` changes with every other storage, and the two lists come in another order with every call. */
function comparable(sent: JsonObject, { content, nodes }: z.output<typeof wireStorage>): JsonObject {
  const raw = Object.fromEntries(
    Object.entries(sent).filter(([key]) => key !== "digest" && !secretKey.test(key)),
  );
  if (Object.hasOwn(raw, "content")) raw["content"] = content.join(",");
  if (Object.hasOwn(raw, "nodes")) raw["nodes"] = nodes.join(",");
  return raw;
}
