import {
  boolean,
  changeLogFilters,
  choice,
  constant,
  customFields,
  defineResource,
  float,
  instant,
  integer,
  reference,
  type Row,
  singleTextFilter,
  text,
  tags,
} from "@proxbox/netbox-api";
import { endpointName } from "../endpoint-name.ts";
import { nestedCluster, nestedDevice, nestedEndpoint, nestedProxmoxCluster } from "./nested-forms.ts";

/** Proxmox clusters (contract section 5.7). */
export const proxmoxClusters = defineResource({
  path: "plugins/proxbox/proxmox-clusters",
  model: "ProxmoxCluster",
  objectType: "netbox_proxbox.proxmoxcluster",
  display: ofEndpoint,
  fields: {
    endpoint: reference(nestedEndpoint),
    netbox_cluster: reference(nestedCluster),
    name: text(),
    cluster_id: text(),
    mode: choice({ undefined: "Undefined", standalone: "Standalone", cluster: "Cluster" }),
    nodes_count: integer(),
    node_count: { ...integer({ source: "nodesCount" }), sortable: false },
    quorate: boolean(),
    version: integer(),
    created: instant(),
    last_updated: instant(),
    custom_fields: customFields(),
    tags: tags(),
  },
  brief: ["id", "url", "display", "name"],
  filters: ["endpoint", "netbox_cluster", "name", "mode", "quorate"],
  moreFilters: changeLogFilters,
  moreOrders: { custom_field_data: "customFieldData" },
});

const { __empty: _, ...nodeAddressFilter } = singleTextFilter;

/** Proxmox nodes (contract section 5.7). */
export const proxmoxNodes = defineResource({
  path: "plugins/proxbox/proxmox-nodes",
  model: "ProxmoxNode",
  objectType: "netbox_proxbox.proxmoxnode",
  display: ofEndpoint,
  fields: {
    endpoint: reference(nestedEndpoint),
    proxmox_cluster: reference(nestedProxmoxCluster),
    netbox_device: reference(nestedDevice),
    name: text(),
    node_id: integer(),
    ip_address: text({ filter: nodeAddressFilter }),
    online: boolean(),
    local: boolean(),
    cpu_usage: float(),
    cpu_usage_percent: { ...float({ source: "cpuUsage" }), sortable: false },
    max_cpu: integer(),
    memory_usage: float(),
    memory_usage_percent: { ...float(), toWire: (_, { row }) => memoryPercent(row), sortable: false },
    max_memory: float(),
    ssl_fingerprint: text(),
    location: text(),
    support_level: text(),
    default_role_qemu: constant(null),
    default_role_lxc: constant(null),
    created: instant(),
    last_updated: instant(),
    custom_fields: customFields(),
    tags: tags(),
  },
  brief: ["id", "url", "display", "name", "online"],
  filters: [
    "endpoint",
    "proxmox_cluster",
    "netbox_device",
    "name",
    "location",
    "ip_address",
    "online",
    "local",
  ],
  moreFilters: changeLogFilters,
  moreOrders: { custom_field_data: "customFieldData" },
});

/** `node1 (pve1)`. */
function ofEndpoint(row: Row): string {
  const { endpoint } = row;
  const name = typeof endpoint === "object" && endpoint !== null ? endpointName({ ...endpoint }) : "None";
  return `${String(row["name"])} (${name})`;
}

function memoryPercent({ memoryUsage, maxMemory }: Row): number | null {
  if (typeof memoryUsage !== "number" || typeof maxMemory !== "number" || maxMemory === 0) return null;
  return (memoryUsage / maxMemory) * 100;
}
