import {
  changeLogFilters,
  choice,
  computed,
  constant,
  customFields,
  decimal,
  defineResource,
  float,
  instant,
  integer,
  multipleChoiceFilter,
  multipleReferenceFilter,
  reference,
  tags,
  text,
} from "@proxbox/netbox-api";
import { briefClusterType, briefTenant } from "./nested-forms.ts";

const statuses = {
  planned: "Planned",
  staging: "Staging",
  active: "Active",
  decommissioning: "Decommissioning",
  offline: "Offline",
};

const byId = (path: string) => multipleReferenceFilter({ path, by: "id" });
const bySlug = (path: string) => multipleReferenceFilter({ path, by: "slug" });

/** Virtualization clusters (contract section 5.9). */
export const clusters = defineResource({
  path: "virtualization/clusters",
  model: "Cluster",
  objectType: "virtualization.cluster",
  display: (row) => String(row["name"]),
  displayUrl: true,
  fields: {
    name: text({ write: "required", maxLength: 100 }),
    type: reference(briefClusterType, { write: "required" }),
    group: constant(null),
    status: choice(statuses, {
      write: "optional",
      filter: multipleChoiceFilter(Object.keys(statuses)),
    }),
    tenant: reference(briefTenant, { write: "optional", nullable: true }),
    scope_type: constant(null),
    scope_id: constant(null),
    scope: constant(null),
    description: text({ write: "optional", blank: true, maxLength: 200 }),
    owner: constant(null),
    comments: text({ write: "optional", blank: true }),
    tags: tags(),
    custom_fields: customFields(),
    created: instant(),
    last_updated: instant(),
    device_count: computed(() => 0),
    virtualmachine_count: integer(),
    allocated_vcpus: decimal({ digits: 12, places: 2 }),
    allocated_memory: float(),
    allocated_disk: float(),
  },
  brief: ["id", "url", "display", "name", "description", "virtualmachine_count"],
  filters: ["name", "status", "description"],
  moreFilters: {
    ...changeLogFilters,
    type: { field: "typeSlug", filter: bySlug(briefClusterType.path) },
    type_id: { field: "type", filter: byId(briefClusterType.path) },
    tenant: { field: "tenantSlug", filter: bySlug(briefTenant.path) },
    tenant_id: { field: "tenant", filter: byId(briefTenant.path) },
  },
  moreOrders: { custom_field_data: "customFieldData" },
  methods: ["POST", "PUT", "PATCH", "DELETE"],
});
