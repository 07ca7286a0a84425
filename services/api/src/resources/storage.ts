import {
  boolean,
  changeLogFilters,
  customFields,
  defineResource,
  instant,
  integer,
  json,
  reference,
  text,
  textFilter,
  type TextOptions,
  tags,
} from "@proxbox/netbox-api";
import { nestedCluster } from "./nested-forms.ts";

const { __empty: _, ...nodesFilter } = textFilter;

const optional = (maxLength: number): TextOptions => ({
  write: "optional",
  nullable: true,
  blank: true,
  maxLength,
});

/** Proxmox storages (contract section 5.7). */
export const storage = defineResource({
  path: "plugins/proxbox/storage",
  model: "ProxmoxStorage",
  objectType: "netbox_proxbox.proxmoxstorage",
  display: ({ cluster, name }) => {
    const isNamed = typeof cluster === "object" && cluster !== null && "name" in cluster;
    return `${isNamed ? String(cluster.name) : "None"}/${String(name)}`;
  },
  fields: {
    cluster: reference(nestedCluster, { write: "required" }),
    name: text({ write: "required", maxLength: 255 }),
    storage_type: text(optional(100)),
    content: text(optional(255)),
    path: text(optional(255)),
    nodes: text({ write: "optional", nullable: true, blank: true, filter: nodesFilter }),
    shared: boolean({ write: "optional" }),
    enabled: boolean({ write: "optional" }),
    server: text(optional(255)),
    port: integer({ write: "optional", nullable: true, minimum: 0 }),
    username: text(optional(255)),
    export: text(optional(255)),
    share: text(optional(255)),
    pool: text(optional(255)),
    monhost: text(optional(512)),
    namespace: text(optional(255)),
    datastore: text(optional(255)),
    subdir: text(optional(255)),
    mountpoint: text(optional(255)),
    is_mountpoint: text(optional(255)),
    preallocation: text(optional(50)),
    format: text(optional(100)),
    prune_backups: text(optional(512)),
    max_protected_backups: integer({ write: "optional", nullable: true }),
    raw_config: json({ write: "optional" }),
    tags: tags(),
    custom_fields: customFields(),
    created: instant(),
    last_updated: instant(),
  },
  brief: ["id", "url", "display", "cluster", "name"],
  filters: [
    "port",
    "cluster",
    "name",
    "storage_type",
    "content",
    "path",
    "server",
    "datastore",
    "pool",
    "format",
    "nodes",
    "shared",
    "enabled",
  ],
  moreFilters: { ...changeLogFilters, cluster__name: { field: "clusterName", filter: textFilter } },
  moreOrders: { custom_field_data: "customFieldData" },
  methods: ["POST", "PUT", "PATCH", "DELETE"],
  unique: { proxmox_storage_one_per_name: "Proxmox Storage with this Cluster and Name already exists." },
});
