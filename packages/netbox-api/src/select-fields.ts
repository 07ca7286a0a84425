import type { RequestQuery } from "./request-query.ts";
import type { Resource, ResourceField } from "./resource.ts";

/** The fields that `fields` and `omit` leave; they also bound what a write may change (contract section 3.5). */
export function selectFields(resource: Resource, query: RequestQuery): readonly ResourceField[] {
  const fields = query.last("fields");
  if (fields) {
    const wanted = new Set(fields.split(","));
    return resource.fields.filter(({ name }) => wanted.has(name));
  }
  const omit = query.last("omit");
  if (omit) {
    const unwanted = new Set(omit.split(","));
    return resource.fields.filter(({ name }) => !unwanted.has(name));
  }
  return resource.fields;
}

/** As `selectFields`, and `brief` and `exclude=config_context` of a read: fields over omit over brief. */
export function selectReadFields(resource: Resource, query: RequestQuery): readonly ResourceField[] {
  const isSelected = Boolean(query.last("fields")) || Boolean(query.last("omit"));
  if (!isSelected && query.last("brief")) return resource.briefFields;
  const selected = selectFields(resource, query);
  if (!query.all("exclude").includes("config_context")) return selected;
  return selected.filter(({ name }) => name !== "config_context");
}
