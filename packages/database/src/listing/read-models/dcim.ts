import type { ReadField, ReadModel, ReadReference } from "../read-model.ts";
import { columns, commonFields } from "./columns.ts";

/** A row with a name and a slug, joined under an alias. */
export function namedReference(alias: string): ReadReference {
  return {
    joins: [alias],
    columns: {
      id: `${alias}.id`,
      name: `${alias}.name`,
      slug: `${alias}.slug`,
      description: `${alias}.description`,
    },
    orderBy: [`${alias}.name`, `${alias}.id`],
  };
}

/** How many rows of a table refer to a row. */
export function countOf(table: string, column: string, id: string): ReadField {
  return {
    sql: `(select count(*)::integer from ${table} counted where counted.${column} = ${id})`,
    type: "integer",
  };
}

const namedText = { name: "name", slug: "slug", description: "description", comments: "comments" };

export const siteReadModel: ReadModel = {
  table: "site s",
  id: "s.id",
  joins: { t: { sql: "left join tenant t on t.id = s.tenant_id" } },
  fields: {
    ...commonFields("s", "dcim.site"),
    ...columns("s", "text", {
      ...namedText,
      status: "status",
      facility: "facility",
      physicalAddress: "physical_address",
      shippingAddress: "shipping_address",
    }),
    tenant: { sql: "s.tenant_id", type: "integer", refersTo: namedReference("t") },
    tenantSlug: { sql: "t.slug", type: "text", joins: ["t"], read: false },
    deviceCount: countOf("device", "site_id", "s.id"),
    virtualmachineCount: countOf("virtual_machine", "site_id", "s.id"),
  },
  search: ["s.name ilike $q", "s.facility ilike $q", "s.description ilike $q", "s.comments ilike $q"],
  defaultOrder: [{ field: "name" }],
};

export const manufacturerReadModel: ReadModel = {
  table: "manufacturer m",
  id: "m.id",
  joins: {},
  fields: {
    ...commonFields("m", "dcim.manufacturer"),
    ...columns("m", "text", namedText),
    devicetypeCount: countOf("device_type", "manufacturer_id", "m.id"),
  },
  search: ["m.name ilike $q", "m.slug ilike $q", "m.description ilike $q"],
  defaultOrder: [{ field: "name" }],
};

export const deviceTypeReadModel: ReadModel = {
  table: "device_type dt",
  id: "dt.id",
  joins: { m: { sql: "left join manufacturer m on m.id = dt.manufacturer_id" } },
  fields: {
    ...commonFields("dt", "dcim.devicetype"),
    ...columns("dt", "text", {
      model: "model",
      slug: "slug",
      partNumber: "part_number",
      description: "description",
      comments: "comments",
    }),
    ...columns("dt", "numeric", { uHeight: "u_height" }),
    ...columns("dt", "boolean", { isFullDepth: "is_full_depth" }),
    manufacturer: { sql: "dt.manufacturer_id", type: "integer", refersTo: namedReference("m") },
    manufacturerSlug: { sql: "m.slug", type: "text", joins: ["m"], read: false },
    deviceCount: countOf("device", "device_type_id", "dt.id"),
  },
  search: ["dt.model ilike $q", "dt.part_number ilike $q", "dt.description ilike $q"],
  defaultOrder: [{ field: "manufacturer" }, { field: "model" }],
};

export const deviceRoleReadModel: ReadModel = {
  table: "device_role r",
  id: "r.id",
  joins: {},
  fields: {
    ...commonFields("r", "dcim.devicerole"),
    ...columns("r", "text", { ...namedText, color: "color" }),
    ...columns("r", "boolean", { vmRole: "vm_role" }),
    deviceCount: countOf("device", "role_id", "r.id"),
    virtualmachineCount: countOf("virtual_machine", "role_id", "r.id"),
  },
  search: ["r.name ilike $q", "r.slug ilike $q", "r.description ilike $q"],
  defaultOrder: [{ field: "name" }],
};

export const deviceReadModel: ReadModel = {
  table: "device d",
  id: "d.id",
  joins: {
    dt: { sql: "left join device_type dt on dt.id = d.device_type_id" },
    m: { sql: "left join manufacturer m on m.id = dt.manufacturer_id", after: ["dt"] },
    r: { sql: "left join device_role r on r.id = d.role_id" },
    s: { sql: "left join site s on s.id = d.site_id" },
    t: { sql: "left join tenant t on t.id = d.tenant_id" },
  },
  fields: {
    ...commonFields("d", "dcim.device"),
    ...columns("d", "text", {
      name: "name",
      status: "status",
      serial: "serial",
      description: "description",
      comments: "comments",
    }),
    deviceType: {
      sql: "d.device_type_id",
      type: "integer",
      refersTo: {
        joins: ["dt", "m"],
        columns: {
          id: "dt.id",
          model: "dt.model",
          slug: "dt.slug",
          description: "dt.description",
          manufacturerId: "m.id",
          manufacturerName: "m.name",
          manufacturerSlug: "m.slug",
          manufacturerDescription: "m.description",
        },
        orderBy: ["m.name", "dt.model", "dt.id"],
      },
    },
    role: { sql: "d.role_id", type: "integer", refersTo: namedReference("r") },
    site: { sql: "d.site_id", type: "integer", refersTo: namedReference("s") },
    tenant: { sql: "d.tenant_id", type: "integer", refersTo: namedReference("t") },
    roleSlug: { sql: "r.slug", type: "text", joins: ["r"], read: false },
    siteSlug: { sql: "s.slug", type: "text", joins: ["s"], read: false },
    tenantSlug: { sql: "t.slug", type: "text", joins: ["t"], read: false },
    manufacturer: { sql: "dt.manufacturer_id", type: "integer", joins: ["dt"], read: false },
  },
  search: ["d.name ilike $q", "d.serial ilike $q", "d.description ilike $q", "d.comments ilike $q"],
  defaultOrder: [{ field: "name" }],
};
