import type { ReadModel } from "../read-model.ts";
import { columns, commonFields } from "./columns.ts";
import { namedReference } from "./dcim.ts";

export const ipAddressReadModel: ReadModel = {
  table: "ip_address a",
  id: "a.id",
  joins: { t: { sql: "left join tenant t on t.id = a.tenant_id" } },
  fields: {
    ...commonFields("a", "ipam.ipaddress"),
    ...columns("a", "text", {
      status: "status",
      role: "role",
      dnsName: "dns_name",
      description: "description",
      comments: "comments",
    }),
    // The type's own text leaves out the prefix of a single host.
    address: { sql: "host(a.address) || '/' || masklen(a.address)", type: "text" },
    addressKey: { sql: "a.address", type: "text", read: false },
    family: { sql: "family(a.address)", type: "integer" },
    tenant: { sql: "a.tenant_id", type: "integer", refersTo: namedReference("t") },
    tenantSlug: { sql: "t.slug", type: "text", joins: ["t"], read: false },
  },
  search: ["host(a.address) ilike $q", "a.dns_name ilike $q", "a.description ilike $q"],
  defaultOrder: [{ field: "addressKey" }],
};
