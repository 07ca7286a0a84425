import type { GuestFacts, JsonValue } from "@proxbox/domain";
import { z } from "zod";
import { readList } from "./read-list.ts";
import { integer, name, optionalBytes, optionalFlag, optionalName, optionalNumber } from "./wire-values.ts";

const wireGuest = z.object({
  vmid: integer,
  type: z.enum(["qemu", "lxc"], { error: "is missing" }),
  node: name,
  status: optionalName,
  name: optionalName,
  template: optionalFlag,
  maxcpu: optionalNumber,
  maxmem: optionalBytes,
  maxdisk: optionalBytes,
});

/** `GET /cluster/resources?type=vm`. Resources of other types are passed over. */
export function readGuests(data: JsonValue): GuestFacts[] {
  return readList(data, {
    schema: wireGuest,
    types: ["qemu", "lxc"],
    toValue: guestFacts,
    identity: (guest) => guest.vmid,
  });
}

function guestFacts(wire: z.output<typeof wireGuest>): GuestFacts {
  const status = wire.status ?? "unknown";
  return {
    vmid: wire.vmid,
    type: wire.type,
    node: wire.node,
    status,
    name: wire.name,
    // Without fresh statistics nobody knows; with them, only templates have the key in some versions.
    template: wire.template ?? (status === "unknown" ? null : false),
    maxCpu: wire.maxcpu,
    maxMemory: wire.maxmem,
    maxDisk: wire.maxdisk,
  };
}
