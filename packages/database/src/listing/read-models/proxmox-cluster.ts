import type { ReadModel, ReadReference } from "../read-model.ts";
import { columns, commonFields } from "./columns.ts";

/** The endpoint of a Proxmox object, joined as `e`. */
const endpointReference: ReadReference = {
  joins: ["e"],
  columns: { id: "e.id", name: "e.name", domain: "e.domain" },
  orderBy: ["e.name", "e.id"],
};

/** A virtualization cluster, joined as `vc`. */
export const clusterReference: ReadReference = {
  joins: ["vc"],
  columns: { id: "vc.id", name: "vc.name", description: "vc.description" },
  orderBy: ["vc.name", "vc.id"],
};

export const proxmoxClusterReadModel: ReadModel = {
  table: "proxmox_cluster c",
  id: "c.id",
  joins: {
    e: { sql: "left join endpoint e on e.id = c.endpoint_id" },
    vc: { sql: "left join virtualization_cluster vc on vc.id = c.netbox_cluster_id" },
  },
  fields: {
    ...commonFields("c", "netbox_proxbox.proxmoxcluster"),
    ...columns("c", "text", { name: "name", clusterId: "cluster_id", mode: "mode" }),
    ...columns("c", "integer", { nodesCount: "nodes_count", version: "version" }),
    ...columns("c", "boolean", { quorate: "quorate" }),
    endpoint: { sql: "c.endpoint_id", type: "integer", refersTo: endpointReference },
    netboxCluster: { sql: "c.netbox_cluster_id", type: "integer", refersTo: clusterReference },
  },
  search: ["c.name ilike $q", "c.cluster_id ilike $q"],
  defaultOrder: [{ field: "endpoint" }, { field: "name" }],
};

export const nodeReadModel: ReadModel = {
  table: "proxmox_node n",
  id: "n.id",
  joins: {
    e: { sql: "left join endpoint e on e.id = n.endpoint_id" },
    c: { sql: "left join proxmox_cluster c on c.id = n.proxmox_cluster_id" },
    d: { sql: "left join device d on d.id = n.netbox_device_id" },
  },
  fields: {
    ...commonFields("n", "netbox_proxbox.proxmoxnode"),
    ...columns("n", "text", {
      name: "name",
      ipAddress: "ip_address",
      sslFingerprint: "ssl_fingerprint",
      location: "location",
      supportLevel: "support_level",
    }),
    ...columns("n", "integer", { nodeId: "node_id", maxCpu: "max_cpu" }),
    ...columns("n", "double precision", { cpuUsage: "cpu_usage" }),
    ...columns("n", "boolean", { online: "online", local: "local" }),
    // Bytes stay far below 2^53, from where JavaScript would round.
    memoryUsage: { sql: "n.memory_usage::double precision", type: "double precision" },
    maxMemory: { sql: "n.max_memory::double precision", type: "double precision" },
    endpoint: { sql: "n.endpoint_id", type: "integer", refersTo: endpointReference },
    proxmoxCluster: {
      sql: "n.proxmox_cluster_id",
      type: "integer",
      refersTo: {
        joins: ["c", "e"],
        columns: {
          id: "c.id",
          name: "c.name",
          endpointId: "e.id",
          endpointName: "e.name",
          endpointDomain: "e.domain",
        },
        orderBy: ["e.name", "e.id", "c.name"],
      },
    },
    netboxDevice: {
      sql: "n.netbox_device_id",
      type: "integer",
      refersTo: {
        joins: ["d"],
        columns: { id: "d.id", name: "d.name", status: "d.status" },
        orderBy: ["d.name", "d.id"],
      },
    },
  },
  search: ["n.name ilike $q", "n.ip_address ilike $q", "n.ssl_fingerprint ilike $q"],
  defaultOrder: [{ field: "endpoint" }, { field: "name" }],
};
