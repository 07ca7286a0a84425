import type { ReadModel } from "../read-model.ts";
import { columns, commonFields } from "./columns.ts";
import { countOf } from "./dcim.ts";

const named = { name: "name", slug: "slug", description: "description", comments: "comments" };

export const tenantReadModel: ReadModel = {
  table: "tenant t",
  id: "t.id",
  joins: {},
  fields: {
    ...commonFields("t", "tenancy.tenant"),
    ...columns("t", "text", named),
    deviceCount: countOf("device", "tenant_id", "t.id"),
    ipaddressCount: countOf("ip_address", "tenant_id", "t.id"),
    siteCount: countOf("site", "tenant_id", "t.id"),
    virtualmachineCount: countOf("virtual_machine", "tenant_id", "t.id"),
    clusterCount: countOf("virtualization_cluster", "tenant_id", "t.id"),
  },
  search: ["t.name ilike $q", "t.slug ilike $q", "t.description ilike $q", "t.comments ilike $q"],
  defaultOrder: [{ field: "name" }],
};

export const clusterTypeReadModel: ReadModel = {
  table: "cluster_type ct",
  id: "ct.id",
  joins: {},
  fields: {
    ...commonFields("ct", "virtualization.clustertype"),
    ...columns("ct", "text", named),
    clusterCount: countOf("virtualization_cluster", "type_id", "ct.id"),
  },
  search: ["ct.name ilike $q", "ct.slug ilike $q", "ct.description ilike $q"],
  defaultOrder: [{ field: "name" }],
};
