import type { JsonValue, ReplicationRuntime } from "@proxbox/domain";
import { z } from "zod";
import { readList } from "./read-list.ts";
import { REPLICATION_TYPES, replicationId } from "./replication-id.ts";
import { optionalInstant, optionalInteger, optionalName, optionalNumber } from "./wire-values.ts";

const wireRuntime = z.object({
  id: replicationId,
  last_sync: optionalInstant,
  last_try: optionalInstant,
  next_sync: optionalInstant,
  duration: optionalNumber,
  fail_count: optionalInteger,
  error: optionalName,
  pid: optionalInteger,
});

/**
 * `GET /nodes/{node}/replication`: state only. The configuration repeated there may be half decoded (contract
 * section 6). `now` in Unix seconds tells "due now" from a date, see `dueAt`.
 */
export function readRuntimes(data: JsonValue, now: number): ReplicationRuntime[] {
  return readList(data, {
    schema: wireRuntime,
    types: REPLICATION_TYPES,
    toValue: (wire) => replicationRuntime(wire, now),
    identity: (runtime) => runtime.replicationId,
  });
}

function replicationRuntime(wire: z.output<typeof wireRuntime>, now: number): ReplicationRuntime {
  return {
    replicationId: wire.id.replicationId,
    guest: wire.id.guest,
    lastSync: wire.last_sync,
    lastTry: wire.last_try,
    nextSync: dueAt(wire, now),
    duration: wire.duration,
    failCount: wire.fail_count ?? 0,
    error: wire.error,
    pid: wire.pid === 0 ? null : wire.pid,
  };
}

/**
 * Without a last try Proxmox computes the next one from 1970 on: `yearly` gives 1971, `2020-07-31` that day. Such an
 * instant in the past means "due now"; one in the future is a date like any other.
 */
function dueAt({ next_sync, last_try }: z.output<typeof wireRuntime>, now: number): number | null {
  return next_sync !== null && last_try === null && next_sync <= now ? null : next_sync;
}
