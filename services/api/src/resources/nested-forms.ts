import { boolean, integer, list, type NestedForm, text } from "@proxbox/netbox-api";
import { z } from "zod";
import { endpointName } from "../endpoint-name.ts";

const byName = (row: Readonly<Record<string, unknown>>): string => String(row["name"]);

export const nestedEndpoint: NestedForm = {
  path: "plugins/proxbox/endpoints/proxmox",
  display: endpointName,
  fields: { name: text() },
};

export const nestedVirtualMachine: NestedForm = {
  path: "virtualization/virtual-machines",
  displayUrl: true,
  display: byName,
  fields: { name: text() },
};

export const nestedNode: NestedForm = {
  path: "plugins/proxbox/proxmox-nodes",
  display: (row) => nodeDisplay(row),
  fields: { name: text(), node_id: integer(), online: boolean() },
};

export const nestedProxmoxCluster: NestedForm = {
  path: "plugins/proxbox/proxmox-clusters",
  display: (row) => nodeDisplay(row),
  fields: { name: text() },
};

export const nestedCluster: NestedForm = {
  path: "virtualization/clusters",
  display: byName,
  fields: { name: text(), description: text() },
};

export const nestedUser: NestedForm = {
  path: "users/users",
  display: (row) => String(row["username"]),
  fields: { username: text() },
};

export const nestedGroup: NestedForm = {
  path: "users/groups",
  display: byName,
  fields: { name: text(), description: text() },
};

export const nestedPermission: NestedForm = {
  path: "users/permissions",
  display: byName,
  fields: {
    name: text(),
    description: text(),
    enabled: boolean(),
    object_types: list(z.string()),
    actions: list(z.string()),
  },
};

export const nestedSite: NestedForm = { path: "dcim/sites", display: byName, fields: { name: text() } };
export const nestedTenant: NestedForm = {
  path: "tenancy/tenants",
  display: byName,
  fields: { name: text() },
};
export const nestedDevice: NestedForm = { path: "dcim/devices", display: byName, fields: { name: text() } };
export const nestedIpAddress: NestedForm = { path: "ipam/ip-addresses", display: byName, fields: {} };

/** `node1 (pve1)`: nodes and Proxmox clusters carry their endpoint's name, which the read model gives beside theirs. */
function nodeDisplay(row: Readonly<Record<string, unknown>>): string {
  const endpoint = { id: row["endpointId"], name: row["endpointName"], domain: row["endpointDomain"] };
  return `${byName(row)} (${endpointName(endpoint)})`;
}
