import type { JsonValue, ProxmoxVersion } from "@proxbox/domain";
import { z } from "zod";
import { readObject } from "./read-object.ts";
import { name, optionalText } from "./wire-values.ts";

const wireVersion = z.object({ version: name, release: optionalText, repoid: optionalText });

/** `GET /version`. */
export function readVersion(data: JsonValue): ProxmoxVersion {
  const { version, release, repoid } = readObject(data, wireVersion, () => "The answer");
  return { version, release: release ?? "", repoid: repoid ?? "" };
}
