import { createHash } from "node:crypto";
import { shuffle } from "./random.ts";
import type { Permissions } from "./permissions.ts";
import type { Random } from "./random.ts";
import type { Storage, World } from "./world.ts";

/** The storages on which the caller has one of the privileges; the others are left out in silence. */
export function visibleStorages(
  world: World,
  permissions: Permissions,
  privileges: readonly string[],
): Storage[] {
  return [...world.storages.values()].filter(({ id }) =>
    privileges.some((privilege) => permissions.has(`/storage/${id}`, privilege)),
  );
}

/** Whether the storage is configured for that node. */
export function storageIsOn(storage: Storage, nodeName: string): boolean {
  return storage.nodes === null || storage.nodes.includes(nodeName);
}

/** The content types, joined in an order that changes from call to call (contract section 4). */
export function contentList(storage: Storage, random: Random): string {
  return shuffle([...storage.content], random).join(",");
}

/** SHA-1 of the whole storage.cfg, equal for all entries. */
export function storageDigest(world: World): string {
  return createHash("sha1")
    .update(JSON.stringify([...world.storages]))
    .digest("hex");
}
