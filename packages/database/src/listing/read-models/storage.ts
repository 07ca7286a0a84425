import type { ReadModel } from "../read-model.ts";
import { columns, commonFields } from "./columns.ts";
import { clusterReference } from "./proxmox-cluster.ts";

export const storageReadModel: ReadModel = {
  table: "proxmox_storage s",
  id: "s.id",
  joins: { vc: { sql: "left join virtualization_cluster vc on vc.id = s.cluster_id" } },
  fields: {
    ...commonFields("s", "netbox_proxbox.proxmoxstorage"),
    ...columns("s", "text", {
      name: "name",
      storageType: "storage_type",
      content: "content",
      path: "path",
      nodes: "nodes",
      server: "server",
      username: "username",
      export: `"export"`,
      share: "share",
      pool: "pool",
      monhost: "monhost",
      namespace: "namespace",
      datastore: "datastore",
      subdir: "subdir",
      mountpoint: "mountpoint",
      isMountpoint: "is_mountpoint",
      preallocation: "preallocation",
      format: "format",
      pruneBackups: "prune_backups",
    }),
    ...columns("s", "integer", { port: "port", maxProtectedBackups: "max_protected_backups" }),
    ...columns("s", "boolean", { shared: "shared", enabled: "enabled" }),
    ...columns("s", "jsonb", { rawConfig: "raw_config" }),
    cluster: { sql: "s.cluster_id", type: "integer", refersTo: clusterReference },
    clusterName: { sql: "vc.name", type: "text", joins: ["vc"], read: false },
  },
  search: [
    "s.name ilike $q",
    "s.path ilike $q",
    "s.cluster_id in (select found.id from virtualization_cluster found where found.name ilike $q)",
  ],
  defaultOrder: [{ field: "cluster" }, { field: "name" }],
};
