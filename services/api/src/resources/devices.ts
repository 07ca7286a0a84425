import {
  caselessTextFilter,
  changeLogFilters,
  choice,
  constant,
  customFields,
  defineResource,
  instant,
  multipleChoiceFilter,
  multipleReferenceFilter,
  reference,
  type Row,
  tags,
  text,
} from "@proxbox/netbox-api";
import { deviceStatuses } from "./device-statuses.ts";
import {
  briefDeviceRole,
  briefDeviceType,
  briefManufacturer,
  briefSite,
  briefTenant,
} from "./nested-forms.ts";

const byId = (form: { readonly path: string }) => multipleReferenceFilter({ path: form.path, by: "id" });
const bySlug = (form: { readonly path: string }) => multipleReferenceFilter({ path: form.path, by: "slug" });

/** Machines (contract section 5.9). */
export const devices = defineResource({
  path: "dcim/devices",
  model: "Device",
  objectType: "dcim.device",
  display: deviceName,
  displayUrl: true,
  fields: {
    name: text({
      write: "optional",
      nullable: true,
      blank: true,
      maxLength: 64,
      filter: caselessTextFilter,
    }),
    device_type: reference(briefDeviceType, { write: "required" }),
    role: reference(briefDeviceRole, { write: "required" }),
    tenant: reference(briefTenant, { write: "optional", nullable: true }),
    platform: constant(null),
    serial: text({ write: "optional", blank: true, maxLength: 50 }),
    asset_tag: constant(null),
    site: reference(briefSite, { write: "required" }),
    location: constant(null),
    rack: constant(null),
    position: constant(null),
    face: constant(null),
    latitude: constant(null),
    longitude: constant(null),
    parent_device: constant(null),
    status: choice(deviceStatuses, {
      write: "optional",
      filter: multipleChoiceFilter(Object.keys(deviceStatuses)),
    }),
    airflow: constant(null),
    primary_ip: constant(null),
    primary_ip4: constant(null),
    primary_ip6: constant(null),
    oob_ip: constant(null),
    cluster: constant(null),
    virtual_chassis: constant(null),
    vc_position: constant(null),
    vc_priority: constant(null),
    description: text({ write: "optional", blank: true, maxLength: 200 }),
    owner: constant(null),
    comments: text({ write: "optional", blank: true }),
    config_template: constant(null),
    config_context: constant({}),
    local_context_data: constant(null),
    tags: tags(),
    custom_fields: customFields(),
    created: instant(),
    last_updated: instant(),
    console_port_count: constant(0),
    console_server_port_count: constant(0),
    power_port_count: constant(0),
    power_outlet_count: constant(0),
    interface_count: constant(0),
    front_port_count: constant(0),
    rear_port_count: constant(0),
    device_bay_count: constant(0),
    module_bay_count: constant(0),
    inventory_item_count: constant(0),
  },
  brief: ["id", "url", "display", "name", "description"],
  filters: ["name", "status", "serial", "description"],
  moreFilters: {
    ...changeLogFilters,
    device_type_id: { field: "deviceType", filter: byId(briefDeviceType) },
    manufacturer_id: { field: "manufacturer", filter: byId(briefManufacturer) },
    role: { field: "roleSlug", filter: bySlug(briefDeviceRole) },
    role_id: { field: "role", filter: byId(briefDeviceRole) },
    site: { field: "siteSlug", filter: bySlug(briefSite) },
    site_id: { field: "site", filter: byId(briefSite) },
    tenant: { field: "tenantSlug", filter: bySlug(briefTenant) },
    tenant_id: { field: "tenant", filter: byId(briefTenant) },
  },
  moreOrders: { custom_field_data: "customFieldData" },
  methods: ["POST", "PUT", "PATCH", "DELETE"],
});

/** A device without a name is called after its type. */
function deviceName({ id, name, deviceType }: Row): string {
  if (typeof name === "string" && name !== "") return name;
  const isTyped = typeof deviceType === "object" && deviceType !== null && "model" in deviceType;
  return isTyped ? `${String(deviceType.model)} (${id})` : `Device ${id}`;
}
