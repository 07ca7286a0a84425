import { isIP } from "node:net";
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
  type NumberOptions,
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
    endpoint: reference(nestedEndpoint, { write: "required" }),
    netbox_cluster: reference(nestedCluster, { write: "optional", nullable: true }),
    name: text({ write: "required", maxLength: 255 }),
    cluster_id: text({ write: "optional", blank: true, maxLength: 255 }),
    mode: choice(
      { undefined: "Undefined", standalone: "Standalone", cluster: "Cluster" },
      { write: "required" },
    ),
    nodes_count: integer({ write: "optional", minimum: 0 }),
    node_count: { ...integer({ source: "nodesCount" }), sortable: false },
    quorate: boolean({ write: "optional" }),
    version: integer({ write: "optional", nullable: true }),
    created: instant(),
    last_updated: instant(),
    custom_fields: customFields(),
    tags: tags(),
  },
  brief: ["id", "url", "display", "name"],
  filters: ["endpoint", "netbox_cluster", "name", "mode", "quorate"],
  moreFilters: changeLogFilters,
  moreOrders: { custom_field_data: "customFieldData" },
  methods: ["POST", "PUT", "PATCH", "DELETE"],
  unique: {
    proxmox_cluster_one_per_name:
      "Proxmox cluster with this Proxmox endpoint and Cluster name already exists.",
  },
});

const { __empty: _, ...nodeAddressFilter } = singleTextFilter;

const bytes: NumberOptions = {
  write: "optional",
  nullable: true,
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
};

/** Proxmox nodes (contract section 5.7). */
export const proxmoxNodes = defineResource({
  path: "plugins/proxbox/proxmox-nodes",
  model: "ProxmoxNode",
  objectType: "netbox_proxbox.proxmoxnode",
  display: ofEndpoint,
  fields: {
    endpoint: reference(nestedEndpoint, { write: "required" }),
    proxmox_cluster: reference(nestedProxmoxCluster, { write: "optional", nullable: true }),
    netbox_device: reference(nestedDevice, { write: "optional", nullable: true }),
    name: text({ write: "required", maxLength: 255 }),
    node_id: integer({ write: "optional", nullable: true }),
    ip_address: text({
      write: "required",
      filter: nodeAddressFilter,
      rule: {
        test: (address) => isIP(address) !== 0,
        message: () => "Enter a valid IPv4 or IPv6 address.",
      },
    }),
    online: boolean({ write: "optional" }),
    local: boolean({ write: "optional" }),
    cpu_usage: float({ write: "optional", nullable: true }),
    cpu_usage_percent: { ...float({ source: "cpuUsage" }), sortable: false },
    max_cpu: integer({ write: "optional", nullable: true }),
    memory_usage: integer(bytes),
    memory_usage_percent: { ...float(), toWire: (_, { row }) => memoryPercent(row), sortable: false },
    max_memory: integer(bytes),
    ssl_fingerprint: text({ write: "optional", blank: true, maxLength: 255 }),
    location: text({ write: "optional", blank: true, maxLength: 255 }),
    support_level: text({ write: "optional", blank: true, maxLength: 100 }),
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
  methods: ["POST", "PUT", "PATCH", "DELETE"],
  unique: {
    proxmox_node_one_per_name: "Proxmox node with this Proxmox endpoint and Node name already exists.",
  },
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
