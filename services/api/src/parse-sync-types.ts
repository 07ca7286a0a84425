import { type SyncType, syncTypes } from "@proxbox/domain";
import { invalidInput } from "@proxbox/netbox-api";

/** The `sync_types` of a request, `all` where it has none. Throws ApiError 400 as in contract section 7.3. */
export function parseSyncTypes(body: Readonly<Record<string, unknown>>): readonly SyncType[] {
  if (!Object.hasOwn(body, "sync_types")) return ["all"];
  const given = body["sync_types"];
  if (given === null) throw refuseSyncTypes(["This field may not be null."]);
  if (!Array.isArray(given)) {
    const type = typeof given === "string" ? "str" : typeof given === "object" ? "dict" : "int";
    throw refuseSyncTypes([`Expected a list of items but got type "${type}".`]);
  }
  const names: readonly unknown[] = given;
  if (names.length === 0) throw refuseSyncTypes(["Ensure this field has at least 1 elements."]);
  const unknown = names.flatMap((name, index) =>
    isSyncType(name)
      ? []
      : [
          [
            String(index),
            [`"${typeof name === "string" ? name : JSON.stringify(name)}" is not a valid choice.`],
          ] as const,
        ],
  );
  if (unknown.length > 0) throw refuseSyncTypes(Object.fromEntries(unknown));
  const known = names.filter(isSyncType);
  if (new Set(known).size < known.length) throw refuseSyncTypes(["Duplicate values are not allowed."]);
  if (known.includes("all") && known.length > 1) {
    throw refuseSyncTypes(['Cannot combine "all" with other sync types.']);
  }
  return known;
}

function isSyncType(name: unknown): name is SyncType {
  return syncTypes.some((type) => type === name);
}

function refuseSyncTypes(errors: unknown): Error {
  return invalidInput({ sync_types: errors });
}
