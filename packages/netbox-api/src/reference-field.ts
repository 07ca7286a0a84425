import type { Term } from "@proxbox/domain";
import { z } from "zod";
import { type Field, type WireContext, writable, type WriteOptions } from "./field.ts";
import { nestedMetadata } from "./describe-field.ts";
import type { Filter } from "./filter.ts";
import { referenceFilter } from "./filters-of-relations.ts";
import type { ResourceStore, Row, StoreLookup } from "./resource-store.ts";
import { conditionErrorCode } from "./store-error.ts";

/** How an object looks inside another one. */
export interface NestedForm {
  /** Path of its resource, such as `dcim/devices`. */
  readonly path: string;
  readonly display: (row: Row) => string;
  /** NetBox's own objects have a page of their own in the address; the plugin's have not (contract section 5.1). */
  readonly displayUrl?: boolean;
  /** What follows after `display`. */
  readonly fields: Readonly<Record<string, Field>>;
}

export interface ReferenceOptions extends WriteOptions {
  readonly filter?: Filter;
}

/** Another object: its nested form when read, its id or attributes when written (contract section 5.2). */
export function reference(form: NestedForm, options: ReferenceOptions = {}): Field {
  const rule = writable(options, z.unknown());
  return {
    ...rule,
    ...(rule.write === undefined
      ? {}
      : {
          write: {
            ...rule.write,
            resolve: async (input, stores) => idOf(await findReferenced(form.path, input, stores)),
          },
        }),
    toWire: (value, { links }) => (isRow(value) ? nestedToWire(form, { row: value, links }) : null),
    metadata: nestedMetadata(form),
    filter: options.filter ?? referenceFilter(form.path),
    sortable: true,
    toLog: (value) => (isRow(value) ? value.id : null),
  };
}

/** An object in its nested form. */
export function nestedToWire(form: NestedForm, { row, links }: WireContext): Record<string, unknown> {
  const nested: Record<string, unknown> = { id: row.id, url: links.api(`${form.path}/${row.id}/`) };
  if (form.displayUrl === true) nested["display_url"] = links.page(`${form.path}/${row.id}/`);
  nested["display"] = form.display(row);
  for (const [name, { source, toWire }] of Object.entries(form.fields)) {
    if (toWire !== null) nested[name] = toWire(row[source ?? camelCase(name)], { row, links });
  }
  return nested;
}

/** `replication_id` to `replicationId`. */
export function camelCase(name: string): string {
  return name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** Is it an object of a store? */
export function isRow(value: unknown): value is Row {
  return typeof value === "object" && value !== null && "id" in value && typeof value.id === "number";
}

const idInAnObject = z.strictObject({ id: z.union([z.number(), z.string()]) });

type Found = { readonly row: Row } | { readonly errors: readonly string[] };

function idOf(found: Found): { value: unknown } | { errors: unknown } {
  return "row" in found ? { value: found.row.id } : found;
}

/** The object of a resource that `input` means by its id or by attributes, or why there is none (contract section 5.2). */
export async function findReferenced(path: string, input: unknown, stores: StoreLookup): Promise<Found> {
  const wrapped = idInAnObject.safeParse(input);
  const id = readId(wrapped.success ? wrapped.data.id : input);
  if (id !== null) {
    const found = Number.isSafeInteger(id) && id <= 2_147_483_647 ? await stores(path)?.get(id) : null;
    if (found) return { row: found };
    return { errors: [`Related object not found using the provided numeric ID: ${id}`] };
  }
  if (typeof input !== "object" || Array.isArray(input)) {
    return {
      errors: [
        "Related objects must be referenced by numeric ID or by dictionary of attributes. " +
          `Received an unrecognized value: ${typeof input === "string" ? input : JSON.stringify(input)}`,
      ],
    };
  }
  return resolveByAttributes(path, z.record(z.string(), z.unknown()).parse(input), stores);
}

async function resolveByAttributes(
  path: string,
  attributes: Readonly<Record<string, unknown>>,
  stores: StoreLookup,
): Promise<Found> {
  try {
    const [first, second] = await findByAttributes(stores(path), attributes);
    const shown = pythonDictionary(attributes);
    if (first === undefined) {
      return { errors: [`Related object not found using the provided attributes: ${shown}`] };
    }
    if (second !== undefined) return { errors: [`Multiple objects match the provided attributes: ${shown}`] };
    return { row: first };
  } catch (error) {
    const code = conditionErrorCode(error);
    if (code === null) throw error;
    const names = Object.keys(attributes).map((name) => `'${name}'`);
    if (code === "unknown-field")
      return { errors: [`Cannot resolve keyword ${names.join(", ")} into field.`] };
    return {
      errors: [`Related object not found using the provided attributes: ${pythonDictionary(attributes)}`],
    };
  }
}

/** The first two objects with these attributes: one more than may be meant. */
async function findByAttributes(
  store: ResourceStore | undefined,
  attributes: Readonly<Record<string, unknown>>,
): Promise<readonly Row[]> {
  if (store === undefined) return [];
  const where = Object.entries(attributes).map(([name, value]): Term => {
    const { success, data } = attributeValue.safeParse(value);
    return {
      test: "in",
      field: camelCase(name),
      values: success ? [data] : [],
      orNull: value === null,
      negated: false,
    };
  });
  const { rows } = await store.list({
    where,
    search: null,
    order: [],
    page: { by: "cursor", start: 0, limit: 2 },
  });
  return rows;
}

const attributeValue = z.union([z.string(), z.number(), z.boolean()]);

/** `5`, `"5"`, `5.0` and `true` name an object by its id. */
function readId(value: unknown): number | null {
  if (typeof value === "boolean") return Number(value);
  if (typeof value === "number") return Math.trunc(value);
  return typeof value === "string" && /^\s*[+-]?\d+\s*$/.test(value) ? Number(value) : null;
}

function pythonDictionary(attributes: Readonly<Record<string, unknown>>): string {
  const items = Object.entries(attributes).map(([name, value]) => {
    return `'${name}': ${typeof value === "string" ? `'${value}'` : JSON.stringify(value)}`;
  });
  return `{${items.join(", ")}}`;
}
