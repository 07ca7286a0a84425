import type { CustomField } from "@proxbox/domain";
import { customFieldFilter } from "./custom-field-filters.ts";
import { customFieldsOf, type ResourceOfType } from "./custom-fields-field.ts";
import type { Resource } from "./resource.ts";

/** Finds the custom fields of a type of objects; the same array as long as no definition changes. */
export type FindCustomFields = (objectType: string) => Promise<readonly CustomField[]>;

/** What a resource is at the moment: operators may have added fields to it. */
export type CurrentResource = () => Promise<Resource>;

/** Adds the custom fields that are defined now. The result is built once per change of a definition. */
export function withCustomFields(
  resource: Resource,
  find: FindCustomFields,
  resourceOfType: ResourceOfType,
): CurrentResource {
  if (resource.fields.every(({ source }) => source !== "customFieldData")) {
    return () => Promise.resolve(resource);
  }
  let last: { readonly definitions: readonly CustomField[]; readonly resource: Resource } | null = null;
  return async () => {
    const definitions = await find(resource.objectType);
    if (last?.definitions !== definitions) {
      last = { definitions, resource: extend(resource, definitions, resourceOfType) };
    }
    return last.resource;
  };
}

function extend(
  resource: Resource,
  definitions: readonly CustomField[],
  resourceOfType: ResourceOfType,
): Resource {
  const own = customFieldsOf(definitions, resourceOfType);
  const filters = new Map(resource.filters);
  for (const definition of definitions) {
    for (const [suffix, lookup] of Object.entries(customFieldFilter(definition))) {
      filters.set(`cf_${definition.name}${suffix}`, { field: "customFieldData", lookup });
    }
  }
  return {
    ...resource,
    fields: resource.fields.map((field) =>
      field.source === "customFieldData" ? { ...field, ...own } : field,
    ),
    filters,
  };
}
