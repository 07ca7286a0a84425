import {
  boolean,
  choice,
  constant,
  integer,
  list,
  type NestedForm,
  nestedToWire,
  text,
} from "@proxbox/netbox-api";
import { z } from "zod";
import { deviceStatuses } from "./device-statuses.ts";
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

/** How NetBox's own objects look inside each other. */
const brief = (path: string): NestedForm => ({
  path,
  display: byName,
  fields: { name: text(), slug: text(), description: text() },
});
export const briefSite = brief("dcim/sites");
export const briefTenant = brief("tenancy/tenants");
export const briefManufacturer = brief("dcim/manufacturers");
export const briefDeviceRole = brief("dcim/device-roles");
export const briefClusterType = brief("virtualization/cluster-types");
export const briefDevice: NestedForm = {
  path: "dcim/devices",
  display: deviceDisplay,
  fields: { name: text(), description: text() },
};
export const briefDeviceType: NestedForm = {
  path: "dcim/device-types",
  display: (row) => String(row["model"]),
  fields: {
    manufacturer: {
      ...constant(null),
      toWire: (_, { row, links }) =>
        nestedToWire(briefManufacturer, {
          links,
          row: {
            id: Number(row["manufacturerId"]),
            name: row["manufacturerName"],
            slug: row["manufacturerSlug"],
            description: row["manufacturerDescription"],
          },
        }),
    },
    model: text(),
    slug: text(),
    description: text(),
  },
};

/** How NetBox's own objects look inside the plugin's. */
const nested = (path: string): NestedForm => ({
  path,
  display: byName,
  displayUrl: true,
  fields: { name: text(), slug: text() },
});
export const nestedSite = nested("dcim/sites");
export const nestedTenant = nested("tenancy/tenants");
export const nestedDevice: NestedForm = {
  path: "dcim/devices",
  display: deviceDisplay,
  fields: { name: text(), status: choice(deviceStatuses) },
};
export const nestedIpAddress: NestedForm = {
  path: "ipam/ip-addresses",
  display: (row) => String(row["address"]),
  displayUrl: true,
  fields: { family: integer(), address: text() },
};

/** A device may have no name. */
function deviceDisplay(row: Readonly<Record<string, unknown>>): string {
  return typeof row["name"] === "string" && row["name"] !== "" ? row["name"] : `Device ${String(row["id"])}`;
}

/** `node1 (pve1)`: nodes and Proxmox clusters carry their endpoint's name, which the read model gives beside theirs. */
function nodeDisplay(row: Readonly<Record<string, unknown>>): string {
  const endpoint = { id: row["endpointId"], name: row["endpointName"], domain: row["endpointDomain"] };
  return `${byName(row)} (${endpointName(endpoint)})`;
}
