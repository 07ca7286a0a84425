import type { JsonValue, PermissionMap } from "@proxbox/domain";
import { z } from "zod";
import { readObject } from "./read-object.ts";
import { flag } from "./wire-values.ts";

const wirePermissions = z.record(z.string(), z.record(z.string(), flag));

/** `GET /access/permissions`, of everything or of one path. */
export function readPermissions(data: JsonValue): PermissionMap {
  return readObject(data, wirePermissions, () => "The answer");
}
