import type { ReadField, ReadType } from "../read-model.ts";

/** Fields that are columns of one table: property name to column name, all of one type. */
export function columns(
  alias: string,
  type: ReadType,
  names: Readonly<Record<string, string>>,
): Record<string, ReadField> {
  return Object.fromEntries(
    Object.entries(names).map(([field, column]) => [field, { sql: `${alias}.${column}`, type }]),
  );
}

/** The fields that every model of NetBox has. */
export function commonFields(alias: string, changedObjectType: string): Record<string, ReadField> {
  return {
    ...columns(alias, "integer", { id: "id" }),
    ...columns(alias, "jsonb", { customFieldData: "custom_field_data" }),
    ...columns(alias, "timestamptz", { created: "created", lastUpdated: "last_updated" }),
    createdByRequest: changedBy(alias, changedObjectType, "('create')"),
    updatedByRequest: changedBy(alias, changedObjectType, "('update')"),
    modifiedByRequest: changedBy(alias, changedObjectType, "('create', 'update')"),
  };
}

function changedBy(alias: string, type: string, actions: string): ReadField {
  return {
    sql: `select change.request_id from object_change change where change.changed_object_type = '${type}'
      and change.changed_object_id = ${alias}.id and change.action in ${actions}`,
    type: "uuid",
    many: true,
  };
}

/** A relation to something that does not exist yet: never a value. */
export const nothing: ReadField = { sql: "null::integer", type: "integer", read: false };
