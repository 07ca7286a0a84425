import type { JsonObject, JsonValue, ReplicationConfig } from "@proxbox/domain";
import { z } from "zod";
import { readList } from "./read-list.ts";
import { REPLICATION_TYPES, replicationId } from "./replication-id.ts";
import { flag, name, optionalName, optionalNumber, optionalText } from "./wire-values.ts";

/** Proxmox's own, for jobs without the key. */
const DEFAULT_SCHEDULE = "*/15";

const wireReplication = z.object({
  id: replicationId,
  target: name,
  source: optionalName,
  schedule: optionalName,
  rate: optionalNumber,
  disable: flag,
  comment: optionalText,
  remove_job: optionalName,
});

/** `GET /cluster/replication`: the configuration, sorted as sent. */
export function readReplications(data: JsonValue): ReplicationConfig[] {
  return readList(data, {
    schema: wireReplication,
    types: REPLICATION_TYPES,
    toValue: replicationConfig,
    identity: (replication) => replication.replicationId,
  });
}

function replicationConfig(wire: z.output<typeof wireReplication>, raw: JsonObject): ReplicationConfig {
  // Key by key: spreading `wire.id` takes several times as long, and lists have thousands of elements.
  return {
    replicationId: wire.id.replicationId,
    guest: wire.id.guest,
    jobnum: wire.id.jobnum,
    jobType: "local",
    target: wire.target,
    source: wire.source,
    schedule: wire.schedule ?? DEFAULT_SCHEDULE,
    rate: wire.rate,
    disable: wire.disable,
    comment: wire.comment,
    removeJob: removal(wire.remove_job),
    raw,
  };
}

/** Any other text still says that the job is being removed; `local` claims the least about the copies. */
function removal(sent: string | null): ReplicationConfig["removeJob"] {
  if (sent === null || sent === "0") return null;
  return sent === "full" ? "full" : "local";
}
