import type { CustomField, JsonValue } from "@proxbox/domain";
import { z } from "zod";
import { invalidInput } from "./api-error.ts";
import { checkCustomFieldValue } from "./custom-field-values.ts";
import type { Field, WriteRule } from "./field.ts";
import { findReferenced, isRow } from "./reference-field.ts";
import { type Resource, toWire } from "./resource.ts";
import type { Row, StoreLookup, Values } from "./resource-store.ts";

/** Finds the resource of a type of objects; undefined: there is none. */
export type ResourceOfType = (objectType: string) => Resource | undefined;

/** The values of defined custom fields: how they are read, loaded, written and checked (contract sections 5.1, 5.5). */
export function customFieldsOf(
  definitions: readonly CustomField[],
  resourceOfType: ResourceOfType,
): Pick<Field, "toWire" | "load" | "write" | "settle"> {
  const relations = definitions.flatMap(({ name, type, relatedObjectType }) => {
    const resource = relatedObjectType === null ? undefined : resourceOfType(relatedObjectType);
    const isRelation = type === "object" || type === "multiobject";
    return isRelation && resource !== undefined ? [{ name, resource, many: type === "multiobject" }] : [];
  });
  return {
    toWire: (value, context) => {
      const stored = readData(value);
      return Object.fromEntries(
        definitions.map(({ name, type }) => {
          const one = stored[name] ?? null;
          const resource = relations.find((relation) => relation.name === name)?.resource;
          if (resource === undefined) return [name, type === "datetime" ? zulu(one) : one];
          const brief = (row: unknown): unknown =>
            isRow(row) ? toWire(resource.briefFields, { row, links: context.links }) : null;
          return [name, Array.isArray(one) ? one.filter(isRow).map(brief) : brief(one)];
        }),
      );
    },
    ...(relations.length === 0 ? {} : { load: (rows, stores) => loadRelated(relations, rows, stores) }),
    write: writeRule(definitions, relations),
    settle: (written, current) => settleCustomFields(definitions, written, current),
  };
}

interface Relation {
  readonly name: string;
  readonly resource: Resource;
  readonly many: boolean;
}

const dataSchema = z.record(z.string(), z.unknown());

function readData(value: unknown): Record<string, unknown> {
  return dataSchema.parse(value ?? {});
}

/** NetBox writes UTC with a `Z`. */
function zulu(value: unknown): unknown {
  return typeof value === "string" ? value.replace(/\+00:00$/, "Z") : value;
}

/** Puts the related objects in the place of their ids: one query per type of objects, however many rows there are. */
async function loadRelated(
  relations: readonly Relation[],
  rows: readonly Row[],
  stores: StoreLookup,
): Promise<readonly Row[]> {
  const data = rows.map((row) => readData(row["customFieldData"]));
  const wanted = new Map<string, Set<number>>();
  for (const { name, resource } of relations) {
    const ids = wanted.get(resource.path) ?? new Set();
    for (const values of data) for (const id of idsIn(values[name])) ids.add(id);
    wanted.set(resource.path, ids);
  }
  const found = new Map<string, ReadonlyMap<number, Row>>();
  for (const [path, ids] of wanted) found.set(path, await findRows(stores, path, [...ids]));
  return rows.map((row, index) => {
    const values = { ...data[index] };
    for (const { name, resource, many } of relations) {
      const objects = idsIn(values[name]).flatMap((id) => found.get(resource.path)?.get(id) ?? []);
      if (values[name] !== undefined && values[name] !== null) values[name] = many ? objects : objects[0];
    }
    return { ...row, customFieldData: values };
  });
}

function idsIn(value: unknown): number[] {
  const values: unknown[] = Array.isArray(value) ? value : [value];
  return values.filter((id) => typeof id === "number");
}

/** The rows of a resource with these ids. */
export async function findRows(
  stores: StoreLookup,
  path: string,
  ids: readonly number[],
): Promise<ReadonlyMap<number, Row>> {
  const store = stores(path);
  if (ids.length === 0 || store === undefined) return new Map();
  const { rows } = await store.list({
    where: [{ test: "in", field: "id", values: ids, orNull: false, negated: false }],
    search: null,
    order: [],
    page: { by: "cursor", start: 0, limit: null },
  });
  return new Map(rows.map((row) => [row.id, row]));
}

const notADictionary =
  "Invalid data format. Custom field data must be passed as a dictionary mapping field names to their values.";

const jsonObject = z
  .record(z.string(), z.json(), { error: notADictionary })
  .refine((value) => !/(?<!\\)(?:\\\\)*\\u0000/.test(JSON.stringify(value)), {
    error: "Null characters are not allowed.",
  });

function writeRule(definitions: readonly CustomField[], relations: readonly Relation[]): WriteRule {
  return {
    required: false,
    onNull: { error: "This field may not be null." },
    schema: jsonObject,
    resolve: async (input, stores) => {
      const values = jsonObject.parse(input);
      const unknown = Object.keys(values).filter((name) => definitions.every((field) => field.name !== name));
      if (unknown.length > 0) {
        return {
          errors: Object.fromEntries(
            unknown.map((name) => [name, `Custom field '${name}' does not exist for this object type.`]),
          ),
        };
      }
      return resolveRelated(values, relations, stores);
    },
  };
}

/** Ids in the place of whatever names the related objects. */
async function resolveRelated(
  values: Readonly<Record<string, JsonValue>>,
  relations: readonly Relation[],
  stores: StoreLookup,
): Promise<{ value: Values } | { errors: unknown }> {
  const resolved: Record<string, JsonValue> = { ...values };
  for (const { name, resource, many } of relations) {
    const value = values[name];
    if (value === undefined || value === null || value === "") continue;
    const inputs = many && Array.isArray(value) ? value : [value];
    const ids: number[] = [];
    for (const input of inputs) {
      const found = await findReferenced(resource.path, input, stores);
      if ("errors" in found) return found;
      ids.push(found.row.id);
    }
    resolved[name] = many ? ids : (ids[0] ?? null);
  }
  return { value: resolved };
}

/** Given values over the stored ones, or over the defaults. The first value that is not allowed ends it. */
function settleCustomFields(
  definitions: readonly CustomField[],
  written: Values,
  current: Row | null,
): Values {
  const given = readData(written["customFieldData"]);
  const before = current === null ? initialData(definitions, written) : readData(current["customFieldData"]);
  const data: Record<string, JsonValue> = {};
  for (const field of definitions) {
    const value = { ...before, ...given }[field.name];
    if (value === undefined) {
      if (field.required) throw refusal(`Missing required custom field '${field.name}'.`);
      continue;
    }
    const checked = checkCustomFieldValue(field, z.json().parse(value));
    if ("error" in checked) {
      throw refusal(`Invalid value for custom field '${field.name}': ${checked.error}`);
    }
    data[field.name] = checked.value;
  }
  const isUntouched = written["customFieldData"] === undefined && current !== null;
  return isUntouched ? written : { ...written, customFieldData: data };
}

/** Defaults of a new object. Where nothing is given at all, every other field is null. */
function initialData(definitions: readonly CustomField[], written: Values): Record<string, JsonValue> {
  const isSilent = written["customFieldData"] === undefined;
  return Object.fromEntries(
    definitions.flatMap(({ name, default: initial }) =>
      initial === null && !isSilent ? [] : [[name, initial]],
    ),
  );
}

function refusal(message: string): Error {
  return invalidInput({ __all__: [message] });
}
