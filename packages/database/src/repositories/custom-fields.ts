import { type CustomField, customFieldTypes } from "@proxbox/domain";
import { z } from "zod";
import type { Queryable } from "../listing/create-read-store.ts";

/** Finds the custom fields of a type of objects, in their order. The same array as long as no definition changes. */
export type FindCustomFields = (objectType: string) => Promise<readonly CustomField[]>;

/**
 * Reads definitions once, and again when their version has moved: each call asks PostgreSQL for the version, so that a
 * change made through another process counts from the next request on.
 */
export function createCustomFieldCache(database: Queryable): FindCustomFields {
  let cached: Definitions | null = null;
  return async (objectType) => {
    const version = await readVersion(database);
    if (cached?.version !== version) cached = await readDefinitions(database);
    return cached.byObjectType.get(objectType) ?? noFields;
  };
}

interface Definitions {
  readonly version: string;
  readonly byObjectType: ReadonlyMap<string, readonly CustomField[]>;
}

const noFields: readonly CustomField[] = [];

const versionRows = z.tuple([z.object({ version: z.string() })]);

async function readVersion(database: Queryable): Promise<string> {
  const rows = await database.query("select version::text from custom_field_version");
  return versionRows.parse(rows)[0].version;
}

const definitionRows = z.tuple([
  z.object({
    version: z.string(),
    fields: z.array(
      z.object({
        objectTypes: z.array(z.string()),
        name: z.string(),
        type: z.enum(customFieldTypes),
        required: z.boolean(),
        default: z.json(),
        filterLogic: z.enum(["disabled", "loose", "exact"]),
        minimum: z.string().nullable(),
        maximum: z.string().nullable(),
        regex: z.string(),
        choiceSet: z.object({ name: z.string(), values: z.array(z.string()) }).nullable(),
        relatedObjectType: z.string().nullable(),
      }),
    ),
  }),
]);

/** Version and definitions in one statement, hence of one moment. */
async function readDefinitions(database: Queryable): Promise<Definitions> {
  const rows = await database.query(`
    select v.version::text, coalesce((
      select jsonb_agg(jsonb_build_object(
          'objectTypes', cf.object_types, 'name', cf.name, 'type', cf.type, 'required', cf.required,
          'default', cf.default_value, 'filterLogic', cf.filter_logic, 'minimum', cf.validation_minimum::text,
          'maximum', cf.validation_maximum::text, 'regex', cf.validation_regex,
          'relatedObjectType', cf.related_object_type,
          'choiceSet', case when cs.id is not null then jsonb_build_object('name', cs.name, 'values',
            (select coalesce(jsonb_agg(choice->0), '[]') from jsonb_array_elements(cs.extra_choices) choice)) end)
        order by cf.group_name, cf.weight, cf.name)
      from custom_field cf left join custom_field_choice_set cs on cs.id = cf.choice_set_id), '[]') as fields
    from custom_field_version v`);
  const [{ version, fields }] = definitionRows.parse(rows);
  const byObjectType = new Map<string, CustomField[]>();
  for (const { objectTypes, ...field } of fields) {
    for (const objectType of objectTypes) {
      byObjectType.set(objectType, [...(byObjectType.get(objectType) ?? []), field]);
    }
  }
  return { version, byObjectType };
}
