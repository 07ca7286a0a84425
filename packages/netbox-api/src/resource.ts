import type { FieldErrors } from "./api-error.ts";
import { computed, displayUrl, id, url } from "./computed-fields.ts";
import type { Field, WireContext } from "./field.ts";
import type { Filter, Lookup } from "./filter.ts";
import { instantFilter, uuidFilter } from "./filters-of-values.ts";
import { camelCase } from "./reference-field.ts";
import type { Row, StoreLookup, Values } from "./resource-store.ts";

type WriteMethod = "POST" | "PUT" | "PATCH" | "DELETE";

export interface ResourceDeclaration<Name extends string = string> {
  /** Below `/api/`, such as `plugins/proxbox/replications`. */
  readonly path: string;
  /** NetBox's class name, as it stands in error texts. */
  readonly model: string;
  /** NetBox's content type, as it stands in the change log. */
  readonly objectType: string;
  readonly display: (row: Row) => string;
  /** Does the object have a page of its own? NetBox's own models do. */
  readonly displayUrl?: boolean;
  /** What follows after `id`, `url` and `display`, in the order of the wire. */
  readonly fields: Readonly<Record<Name, Field>>;
  /** Names of the short form, in its order; `id`, `url` and `display` where they are part of it. */
  readonly brief: readonly (NoInfer<Name> | CommonName)[];
  /** Fields that can be filtered by what their kind answers. `id` always can. */
  readonly filters: readonly NoInfer<Name>[];
  /** Filters beyond a field's own: parameter to the list query's field and its lookups. */
  readonly moreFilters?: Readonly<Record<string, { readonly field: string; readonly filter: Filter }>>;
  /** Names by which rows are ordered although their field goes by another name, or cannot be read. */
  readonly moreOrders?: Readonly<Record<string, string>>;
  /** Default: none; a resource without them is read-only. */
  readonly methods?: readonly WriteMethod[];
  /** Rules over several fields, checked once each field is fine. `values` is what would be stored. */
  readonly check?: (values: Values) => FieldErrors | null;
  /** What OPTIONS says of fields beyond their type. */
  readonly help?: Readonly<Partial<Record<NoInfer<Name>, string>>>;
  /** Unique constraints of the database to the message under `__all__`, or to the messages per field. */
  readonly unique?: Readonly<Record<string, string | FieldErrors>>;
}

type CommonName = "id" | "url" | "display_url" | "display";

/** A declared field, with the two names it goes by. */
export interface ResourceField extends Field {
  readonly name: string;
  readonly source: string;
}

/** A parameter that filters. */
interface ResourceFilter {
  readonly field: string;
  readonly lookup: Lookup;
}

/** What a declaration yields; every part of the kit works from this. */
export interface Resource {
  readonly path: string;
  readonly model: string;
  readonly objectType: string;
  readonly display: (row: Row) => string;
  readonly fields: readonly ResourceField[];
  readonly briefFields: readonly ResourceField[];
  readonly filters: ReadonlyMap<string, ResourceFilter>;
  /** Wire name to the list query's field. */
  readonly orders: ReadonlyMap<string, string>;
  readonly methods: readonly WriteMethod[];
  readonly check: (values: Values) => FieldErrors | null;
  readonly unique: ReadonlyMap<string, string | FieldErrors>;
  readonly help: ReadonlyMap<string, string>;
}

/** Parameters of a list that are never filters, even where a field has such a name (contract section 4.4). */
const reservedParameters: ReadonlySet<string> = new Set([
  "limit",
  "offset",
  "start",
  "ordering",
  "brief",
  "fields",
  "omit",
  "exclude",
  "format",
  "export",
  "q",
]);

/** Throws when the declaration contradicts itself. */
export function defineResource<Name extends string>(declaration: ResourceDeclaration<Name>): Resource {
  const byName = new Map(
    Object.entries<Field>(allFields(declaration)).map(([name, field]) => [
      name,
      { ...field, name, source: field.source ?? camelCase(name) },
    ]),
  );
  const named = (name: string): ResourceField => {
    const field = byName.get(name);
    if (field === undefined) throw new Error(`${declaration.model} has no field ${name}`);
    return field;
  };
  const fields = [...byName.values()];
  return {
    path: declaration.path,
    model: declaration.model,
    objectType: declaration.objectType,
    display: declaration.display,
    fields,
    briefFields: declaration.brief.map(named),
    filters: filtersOf(declaration, named),
    orders: new Map([
      ...fields
        .filter(({ sortable, toWire }) => sortable && toWire !== null)
        .map(({ name, source }) => [name, source] as const),
      ...Object.entries(declaration.moreOrders ?? {}),
    ]),
    methods: declaration.methods ?? [],
    check: declaration.check ?? (() => null),
    unique: new Map(Object.entries(declaration.unique ?? {})),
    help: new Map(Object.entries<string>({ ...declaration.help })),
  };
}

function allFields<Name extends string>(declaration: ResourceDeclaration<Name>): Record<string, Field> {
  const declared: readonly Field[] = Object.values(declaration.fields);
  return {
    id: id(),
    url: url(declaration.path),
    ...(declaration.displayUrl === true ? { display_url: displayUrl(declaration.path) } : {}),
    display: computed(declaration.display),
    ...declaration.fields,
    ...Object.fromEntries(declared.flatMap(({ brings }) => Object.entries(brings?.fields ?? {}))),
  };
}

function filtersOf<Name extends string>(
  declaration: ResourceDeclaration<Name>,
  named: (name: string) => ResourceField,
): Map<string, ResourceFilter> {
  const filters = new Map<string, ResourceFilter>();
  const add = (name: string, field: string, filter: Filter): void => {
    for (const [suffix, lookup] of Object.entries(filter)) {
      if (!reservedParameters.has(`${name}${suffix}`)) filters.set(`${name}${suffix}`, { field, lookup });
    }
  };
  for (const name of ["id", ...declaration.filters]) {
    const { source, filter } = named(name);
    if (filter === null) throw new Error(`${declaration.model}: ${name} cannot be filtered`);
    add(name, source, filter);
  }
  const declared: readonly Field[] = Object.values(declaration.fields);
  const brought = declared.flatMap(({ brings }) => Object.entries(brings?.filters ?? {}));
  for (const [name, { field, filter }] of [...brought, ...Object.entries(declaration.moreFilters ?? {})])
    add(name, field, filter);
  return filters;
}

/** The filters that every model with a change log has (contract section 4.8). */
export const changeLogFilters: Readonly<Record<string, { readonly field: string; readonly filter: Filter }>> =
  {
    created: { field: "created", filter: instantFilter },
    last_updated: { field: "lastUpdated", filter: instantFilter },
    created_by_request: { field: "createdByRequest", filter: uuidFilter },
    updated_by_request: { field: "updatedByRequest", filter: uuidFilter },
    modified_by_request: { field: "modifiedByRequest", filter: uuidFilter },
  };

/** Some fields of an object, in the order of the wire. */
export function toWire(fields: readonly ResourceField[], context: WireContext): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const { name, source, toWire: write } of fields) {
    if (write !== null) body[name] = write(context.row[source], context);
  }
  return body;
}

/** Some fields of any number of objects, with what has to be fetched for them. */
export async function toWireAll(
  fields: readonly ResourceField[],
  rows: readonly Row[],
  { links, stores }: { readonly links: WireContext["links"]; readonly stores: StoreLookup },
): Promise<Record<string, unknown>[]> {
  let loaded = rows;
  for (const { load } of fields) if (load !== undefined) loaded = await load(loaded, stores);
  return loaded.map((row) => toWire(fields, { row, links }));
}

/** What to store: each field that has a say in it settles its part. Throws ApiError 400. */
export function settle({ fields }: Resource, written: Values, current: Row | null): Values {
  return fields.reduce((values, field) => field.settle?.(values, current) ?? values, written);
}

/** The object as the change log keeps it: no addresses, references as ids, no secrets. */
export function toLog(resource: Resource, row: Row): Record<string, unknown> {
  const data: Record<string, unknown> = {};
  for (const { name, source, toWire: write, toLog: log, sortable } of resource.fields) {
    if (write === null || name === "id" || (!sortable && log === undefined)) continue;
    data[name] = log === undefined ? (row[source] ?? null) : log(row[source]);
  }
  return data;
}
