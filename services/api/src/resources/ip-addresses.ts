import { isIP } from "node:net";
import {
  changeLogFilters,
  choice,
  constant,
  customFields,
  defineResource,
  instant,
  integer,
  integerFilter,
  multipleChoiceFilter,
  multipleReferenceFilter,
  reference,
  tags,
  text,
} from "@proxbox/netbox-api";
import { briefTenant } from "./nested-forms.ts";

const statuses = {
  active: "Active",
  reserved: "Reserved",
  deprecated: "Deprecated",
  dhcp: "DHCP",
  slaac: "SLAAC",
};
const roles = {
  loopback: "Loopback",
  secondary: "Secondary",
  anycast: "Anycast",
  vip: "VIP",
  vrrp: "VRRP",
  hsrp: "HSRP",
  glbp: "GLBP",
  carp: "CARP",
};

/** Addresses with the length of their network's prefix; a bare address is a single host. */
export const ipAddresses = defineResource({
  path: "ipam/ip-addresses",
  model: "IPAddress",
  objectType: "ipam.ipaddress",
  display: (row) => String(row["address"]),
  displayUrl: true,
  fields: {
    family: {
      ...integer(),
      toWire: (family) => ({ value: family, label: `IPv${String(family)}` }),
    },
    address: text({
      write: "required",
      rule: { test: isAddress, message: (address) => `Invalid IP address format: ${address}` },
    }),
    vrf: constant(null),
    tenant: reference(briefTenant, { write: "optional", nullable: true }),
    status: choice(statuses, {
      write: "optional",
      filter: multipleChoiceFilter(Object.keys(statuses)),
    }),
    role: choice(roles, {
      write: "optional",
      nullable: true,
      filter: multipleChoiceFilter(Object.keys(roles)),
    }),
    assigned_object_type: constant(null),
    assigned_object_id: constant(null),
    assigned_object: constant(null),
    nat_inside: constant(null),
    nat_outside: constant([]),
    dns_name: text({ write: "optional", blank: true, maxLength: 255 }),
    description: text({ write: "optional", blank: true, maxLength: 200 }),
    owner: constant(null),
    comments: text({ write: "optional", blank: true }),
    tags: tags(),
    custom_fields: customFields(),
    created: instant(),
    last_updated: instant(),
  },
  brief: ["id", "url", "display", "family", "address", "description"],
  filters: ["address", "status", "role", "dns_name", "description"],
  moreFilters: {
    ...changeLogFilters,
    family: { field: "family", filter: integerFilter },
    tenant: {
      field: "tenantSlug",
      filter: multipleReferenceFilter({ path: briefTenant.path, by: "slug" }),
    },
    tenant_id: { field: "tenant", filter: multipleReferenceFilter({ path: briefTenant.path, by: "id" }) },
  },
  moreOrders: { custom_field_data: "customFieldData" },
  methods: ["POST", "PUT", "PATCH", "DELETE"],
});

function isAddress(text: string): boolean {
  const [host = "", prefix, ...more] = text.split("/");
  const family = isIP(host);
  if (family === 0 || host.includes("%") || more.length > 0) return false;
  if (prefix === undefined) return true;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128);
}
