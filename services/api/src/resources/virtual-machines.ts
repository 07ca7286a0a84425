import {
  booleanFilter,
  caselessTextFilter,
  changeLogFilters,
  choice,
  constant,
  customFields,
  decimal,
  defineResource,
  type Filter,
  instant,
  integer,
  multipleChoiceFilter,
  multipleReferenceFilter,
  type NestedForm,
  reference,
  text,
  tags,
} from "@proxbox/netbox-api";
import { briefDevice, briefDeviceRole, briefSite, briefTenant, nestedCluster } from "./nested-forms.ts";

const statuses = {
  offline: "Offline",
  active: "Active",
  planned: "Planned",
  staged: "Staged",
  failed: "Failed",
  decommissioning: "Decommissioning",
  paused: "Paused",
};
const startOnBoot = { on: "On", off: "Off", laststate: "Last State" };

/** Relations of NetBox's model to things that do not exist here; nothing but `null` matches them. */
const absentRelations = [
  "cluster_group",
  "virtual_machine_type",
  "config_template",
  "owner",
  "owner_group",
  "primary_ip4",
  "primary_ip6",
  "region",
  "site_group",
  "platform",
  "tenant_group",
  "contact_group",
];
const absentById = multipleReferenceFilter({ path: "absent", by: "id" });
const absentBySlug = multipleReferenceFilter({ path: "absent", by: "slug" });

/** Guests (contract section 5.8). */
export const virtualMachines = defineResource({
  path: "virtualization/virtual-machines",
  model: "VirtualMachine",
  objectType: "virtualization.virtualmachine",
  display: (row) => String(row["name"]),
  displayUrl: true,
  fields: {
    name: text({ write: "required", maxLength: 64, filter: caselessTextFilter }),
    virtual_machine_type: constant(null),
    role: reference(briefDeviceRole, { write: "optional", nullable: true }),
    status: choice(statuses, { write: "optional", filter: multipleChoiceFilter(Object.keys(statuses)) }),
    start_on_boot: choice(startOnBoot, {
      write: "optional",
      filter: multipleChoiceFilter(Object.keys(startOnBoot)),
    }),
    site: reference(briefSite, { write: "optional", nullable: true }),
    cluster: reference(nestedCluster, { write: "optional", nullable: true }),
    device: reference(briefDevice, { write: "optional", nullable: true }),
    platform: constant(null),
    primary_ip: constant(null),
    primary_ip4: constant(null),
    primary_ip6: constant(null),
    vcpus: decimal({ write: "optional", nullable: true, digits: 6, places: 2, minimum: 0.01 }),
    memory: integer({ write: "optional", nullable: true, minimum: 0 }),
    disk: integer({ write: "optional", nullable: true, minimum: 0 }),
    description: text({ write: "optional", blank: true, maxLength: 200 }),
    serial: text({ write: "optional", blank: true, maxLength: 50 }),
    tenant: reference(briefTenant, { write: "optional", nullable: true }),
    owner: constant(null),
    comments: text({ write: "optional", blank: true }),
    tags: tags(),
    local_context_data: constant(null),
    config_template: constant(null),
    custom_fields: customFields(),
    created: instant(),
    last_updated: instant(),
    interface_count: integer(),
    virtual_disk_count: integer(),
    config_context: constant({}),
  },
  brief: ["id", "url", "display", "name", "description"],
  filters: [
    "name",
    "status",
    "start_on_boot",
    "vcpus",
    "memory",
    "disk",
    "description",
    "serial",
    "interface_count",
    "virtual_disk_count",
  ],
  moreFilters: {
    ...changeLogFilters,
    cluster: {
      field: "clusterName",
      filter: multipleReferenceFilter({ path: nestedCluster.path, by: "name" }),
    },
    ...relationFilters("site", briefSite, "slug"),
    ...relationFilters("tenant", briefTenant, "slug"),
    ...relationFilters("role", briefDeviceRole, "slug"),
    ...relationFilters("device", briefDevice, "name"),
    cluster_type_id: {
      field: "clusterType",
      filter: multipleReferenceFilter({ path: "virtualization/cluster-types", by: "id" }),
    },
    cluster_id: { field: "cluster", filter: multipleReferenceFilter({ path: nestedCluster.path, by: "id" }) },
    contact: { field: "relation", filter: absentById },
    contact_role: { field: "relation", filter: absentById },
    has_primary_ip: { field: "hasPrimaryIp", filter: booleanFilter },
    local_context_data: { field: "hasPrimaryIp", filter: booleanFilter },
    ...Object.fromEntries(absentRelations.flatMap((name) => absentRelation(name))),
  },
  moreOrders: { custom_field_data: "customFieldData" },
  methods: ["POST", "PUT", "PATCH", "DELETE"],
  check: ({ site, cluster, device }) =>
    site || cluster || device
      ? null
      : { __all__: ["A virtual machine must be assigned to a site, cluster, or device."] },
  unique: {
    virtual_machine_name_in_cluster: "Virtual machine name must be unique per cluster.",
    virtual_machine_name_in_cluster_and_tenant: "Virtual machine name must be unique per cluster and tenant.",
  },
});

/** `site` by slug and `site_id` by id. */
function relationFilters(
  name: string,
  { path }: NestedForm,
  by: "slug" | "name",
): Record<string, { field: string; filter: Filter }> {
  const key = `${name}${by === "slug" ? "Slug" : "Name"}`;
  return {
    [name]: { field: key, filter: multipleReferenceFilter({ path, by }) },
    [`${name}_id`]: { field: name, filter: multipleReferenceFilter({ path, by: "id" }) },
  };
}

function absentRelation(name: string): [string, { field: string; filter: Filter }][] {
  return [
    [name, { field: "relation", filter: absentBySlug }],
    [`${name}_id`, { field: "relation", filter: absentById }],
  ];
}
