import type { ClusterRow, GuestRow, NodeRow, ReplicationRow, StorageRow } from "@proxbox/domain";
import type { MergeSpec } from "./merge-statement.ts";

/** The rows of each kind, by the name of the kind. */
export interface Rows {
  readonly cluster: ClusterRow;
  readonly nodes: NodeRow;
  readonly storage: StorageRow;
  readonly guests: GuestRow;
  readonly replications: ReplicationRow;
}

const clusterProperties = [
  "name",
  "mode",
  "nodesCount",
  "quorate",
  "version",
] as const satisfies (keyof ClusterRow)[];

const nodeProperties = [
  "name",
  "nodeId",
  "ipAddress",
  "online",
  "local",
  "maxCpu",
  "maxMemory",
  "sslFingerprint",
  "supportLevel",
] as const satisfies (keyof NodeRow)[];

const storageProperties = [
  "name",
  "storageType",
  "content",
  "path",
  "nodes",
  "shared",
  "enabled",
  "server",
  "port",
  "username",
  "export",
  "share",
  "pool",
  "monhost",
  "namespace",
  "datastore",
  "subdir",
  "mountpoint",
  "isMountpoint",
  "preallocation",
  "format",
  "pruneBackups",
  "maxProtectedBackups",
  "rawConfig",
] as const satisfies (keyof StorageRow)[];

const guestProperties = [
  "vmid",
  "guestType",
  "template",
  "sourceName",
  "name",
  "status",
  "vcpus",
  "memory",
  "disk",
] as const satisfies (keyof GuestRow)[];

const replicationProperties = [
  "replicationId",
  "guest",
  "jobnum",
  "jobType",
  "target",
  "source",
  "schedule",
  "worstGap",
  "rate",
  "comment",
  "disable",
  "removeJob",
  "status",
  "rawConfig",
  "unresolvedReason",
] as const satisfies (keyof ReplicationRow)[];

const endpointName = "(select coalesce(e.name, e.domain, '') from endpoint e where e.id = w.endpoint_id)";

export const mergeSpecs: { readonly [Kind in keyof Rows]: MergeSpec } = {
  cluster: {
    entity: "ProxmoxClusterEntity",
    objectType: "netbox_proxbox.proxmoxcluster",
    properties: clusterProperties,
    key: "name",
    scope: { endpoint_id: "endpoint", netbox_cluster_id: "cluster" },
    uniqueWith: "endpoint_id",
    links: [],
    display: `w.name || ' (' || ${endpointName} || ')'`,
    mayBeStale: false,
  },
  nodes: {
    entity: "NodeEntity",
    objectType: "netbox_proxbox.proxmoxnode",
    properties: nodeProperties,
    key: "name",
    scope: { endpoint_id: "endpoint" },
    uniqueWith: "endpoint_id",
    links: [
      {
        property: "proxmoxCluster",
        type: "text",
        column: "proxmox_cluster_id",
        table: "proxmox_cluster",
        by: "name",
      },
    ],
    display: `w.name || ' (' || ${endpointName} || ')'`,
    mayBeStale: true,
  },
  storage: {
    entity: "StorageEntity",
    objectType: "netbox_proxbox.proxmoxstorage",
    properties: storageProperties,
    key: "name",
    scope: { endpoint_id: "endpoint", cluster_id: "cluster" },
    uniqueWith: "cluster_id",
    links: [],
    display: "(select c.name from virtualization_cluster c where c.id = w.cluster_id) || '/' || w.name",
    mayBeStale: true,
  },
  guests: {
    entity: "VirtualMachineEntity",
    objectType: "virtualization.virtualmachine",
    properties: guestProperties,
    key: "vmid",
    scope: { endpoint_id: "endpoint", cluster_id: "cluster" },
    uniqueWith: "endpoint_id",
    links: [{ property: "node", type: "text", column: "node_id", table: "proxmox_node", by: "name" }],
    display: "w.name",
    mayBeStale: true,
  },
  replications: {
    entity: "ReplicationEntity",
    objectType: "netbox_proxbox.replication",
    properties: replicationProperties,
    key: "replicationId",
    scope: { endpoint_id: "endpoint" },
    uniqueWith: "endpoint_id",
    links: [
      {
        property: "virtualMachine",
        type: "integer",
        column: "virtual_machine_id",
        table: "virtual_machine",
        by: "vmid",
      },
      { property: "proxmoxNode", type: "text", column: "proxmox_node_id", table: "proxmox_node", by: "name" },
    ],
    display: `coalesce((select v.name from virtual_machine v where v.id = w.virtual_machine_id), w.guest::text)
      || ' - ' || w.replication_id`,
    mayBeStale: true,
  },
};
