import type { LookupAddress, LookupAllOptions } from "node:dns";
import { lookup } from "node:dns";
import type { LookupFunction } from "node:net";
import { BlockList, isIP } from "node:net";
import { ConnectionRefusal } from "./connection-refusal.ts";

/** Link-local and cloud metadata addresses: no Proxmox lives there, but credentials of the machine that asks do. */
const blocked = new BlockList();
blocked.addSubnet("169.254.0.0", 16, "ipv4");
blocked.addSubnet("fe80::", 10, "ipv6");
blocked.addAddress("fd00:ec2::254", "ipv6");
// The same IPv4 network behind a NAT64 gateway; IPv4-mapped addresses are covered by BlockList itself.
blocked.addSubnet("64:ff9b::a9fe:0", 112, "ipv6");

/** Is this IP address one that is never contacted? Names are not: see `lookupAllowed`. */
export function isBlockedAddress(address: string): boolean {
  const bare = address.split("%", 1)[0] ?? "";
  const family = isIP(bare);
  return family !== 0 && blocked.check(bare, family === 4 ? "ipv4" : "ipv6");
}

export function blockedAddressRefusal(host: string): ConnectionRefusal {
  return new ConnectionRefusal(
    "blocked-address",
    `${host} is a link-local or cloud metadata address, which is never contacted. Give the address of a Proxmox node`,
  );
}

type Resolve = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** A name lookup for `net.connect` that leaves blocked addresses out, and fails where nothing else is left. */
export function lookupAllowed(resolve: Resolve = lookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) {
        callback(error, "");
        return;
      }
      const allowed = addresses.filter(({ address }) => !isBlockedAddress(address));
      const [first] = allowed;
      if (first === undefined) callback(blockedAddressRefusal(hostname), "");
      else if (options.all === true) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}
