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

/** The fields of every model that may be tagged and have custom fields. */
export function commonFields(alias: string, objectType: string): Record<string, ReadField> {
  return {
    ...loggedFields(alias, objectType),
    ...columns(alias, "jsonb", { customFieldData: "custom_field_data" }),
    tags: {
      sql: `(select jsonb_agg(jsonb_build_object('id', tag.id, 'name', tag.name, 'slug', tag.slug, 'color', tag.color)
        order by tag.weight, tag.name)
        from tagged_item item join tag on tag.id = item.tag_id
        where item.object_type = '${objectType}' and item.object_id = ${alias}.id)`,
      type: "jsonb",
    },
    "tags.id": tagged(alias, objectType, { column: "id", type: "integer" }),
    "tags.name": tagged(alias, objectType, { column: "name", type: "text" }),
    "tags.slug": tagged(alias, objectType, { column: "slug", type: "text" }),
  };
}

/** The fields of every model with a change log. */
export function loggedFields(alias: string, changedObjectType: string): Record<string, ReadField> {
  return {
    ...columns(alias, "integer", { id: "id" }),
    ...columns(alias, "timestamptz", { created: "created", lastUpdated: "last_updated" }),
    createdByRequest: changedBy(alias, changedObjectType, "('create')"),
    updatedByRequest: changedBy(alias, changedObjectType, "('update')"),
    modifiedByRequest: changedBy(alias, changedObjectType, "('create', 'update')"),
  };
}

function changedBy(alias: string, type: string, actions: string): ReadField {
  return {
    sql: `select change.changed_object_id, change.request_id from object_change change
      where change.changed_object_type = '${type}' and change.action in ${actions}`,
    type: "uuid",
    many: true,
    owner: `${alias}.id`,
  };
}

function tagged(
  alias: string,
  objectType: string,
  { column, type }: { column: string; type: ReadType },
): ReadField {
  return {
    sql: `select item.object_id, tag.${column} from tagged_item item join tag on tag.id = item.tag_id
      where item.object_type = '${objectType}'`,
    type,
    many: true,
    owner: `${alias}.id`,
  };
}

/** A relation to something that does not exist yet: never a value. */
export const nothing: ReadField = { sql: "null::integer", type: "integer", read: false };
