import { z } from "zod";

const endpoint = z.object({ id: z.number(), name: z.string().nullable(), domain: z.string().nullable() });

/** What an endpoint is called inside other objects: its name, else where it is (contract section 5.6). */
export function endpointName(row: Readonly<Record<string, unknown>>): string {
  const { id, name, domain } = endpoint.parse(row);
  return name || domain || `ProxmoxEndpoint(${id})`;
}
