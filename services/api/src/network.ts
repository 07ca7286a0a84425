import { isIP } from "node:net";
import { z } from "zod";

/** An IPv4 or IPv6 network such as `192.0.2.0/24`. */
export interface Network {
  readonly address: string;
  readonly family: "ipv4" | "ipv6";
  readonly prefix: number;
}

/** An address alone is the network of that address. Null: it is no network. */
export function parseNetwork(text: string): Network | null {
  const [, address = "", digits] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(text.trim()) ?? [];
  const version = isIP(address);
  const bits = version === 4 ? 32 : 128;
  const prefix = digits === undefined ? bits : Number(digits);
  if (version === 0 || prefix > bits) return null;
  return { address, family: version === 4 ? "ipv4" : "ipv6", prefix };
}

/** A network as a request gives it, to the form with a prefix. */
export const networkSchema = z.unknown().transform((value, context) => {
  const network = typeof value === "string" ? parseNetwork(value) : null;
  if (network !== null) return `${network.address}/${network.prefix}`;
  context.addIssue({ code: "custom", message: `Invalid IP network: ${JSON.stringify(value)}` });
  return z.NEVER;
});
