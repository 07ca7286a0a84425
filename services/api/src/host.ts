import { isIP } from "node:net";

const label = /^(?!-)[A-Za-z0-9_-]{1,63}(?<!-)$/;

/** A host name, a fully qualified domain name, or an IPv4 or IPv6 address. */
export function isHost(value: string): boolean {
  if (isIP(value) !== 0) return true;
  const labels = value.replace(/\.$/, "").split(".");
  // Only digits and dots, and yet no IPv4 address: nobody means a name by that.
  return labels.every((part) => label.test(part)) && !/^[\d.]+$/.test(value);
}
