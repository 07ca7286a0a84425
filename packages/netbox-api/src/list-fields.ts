import { z } from "zod";
import { type Field, writable, type WriteOptions } from "./field.ts";
import { pythonType } from "./read-body.ts";
import { findReferenced, type NestedForm, nestedToWire } from "./reference-field.ts";
import type { StoreLookup } from "./resource-store.ts";

/** A list of plain values; the messages of bad items stand under their positions. */
export function list(item: z.ZodType, options: WriteOptions = {}): Field {
  return {
    ...resolvedList(options, (items) => Promise.resolve(parseItems(item, items))),
    toWire: (value) => value ?? [],
    filter: null,
    sortable: false,
    toLog: (value) => value ?? [],
  };
}

interface ReferenceListOptions extends WriteOptions {
  /** May the objects also be named by their attributes, as in a single reference? */
  readonly byAttributes?: boolean;
}

/** Other objects: their nested forms when read, their ids when written. Rows have them in their order. */
export function referenceList(form: NestedForm, options: ReferenceListOptions = {}): Field {
  const find = options.byAttributes === true ? findAllReferenced : findAll;
  return {
    ...resolvedList(options, (items, stores) => find(form.path, items, stores)),
    toWire: (value, { links }) => rowsOf(value).map((row) => nestedToWire(form, { row, links })),
    filter: null,
    sortable: false,
    toLog: (value) => rowsOf(value).map(({ id }) => id),
  };
}

type Resolved = { readonly value: readonly unknown[] } | { readonly errors: unknown };

function resolvedList(
  options: WriteOptions,
  resolve: (items: readonly unknown[], stores: StoreLookup) => Promise<Resolved>,
): Pick<Field, "source" | "write"> {
  const schema = z.array(z.unknown(), {
    error: ({ input }) => `Expected a list of items but got type "${pythonType(input)}".`,
  });
  const { write, ...rest } = writable(options, schema);
  if (write === undefined) return rest;
  return { ...rest, write: { ...write, resolve: (input, stores) => resolve(schema.parse(input), stores) } };
}

function parseItems(item: z.ZodType, items: readonly unknown[]): Resolved {
  const values: unknown[] = [];
  const errors: Record<string, readonly string[]> = {};
  for (const [index, input] of items.entries()) {
    const parsed = item.safeParse(input);
    if (parsed.success) values.push(parsed.data);
    else errors[String(index)] = parsed.error.issues.map(({ message }) => message);
  }
  return Object.keys(errors).length > 0 ? { errors } : { value: values };
}

/** The first item that means no object ends it. */
async function findAll(path: string, items: readonly unknown[], stores: StoreLookup): Promise<Resolved> {
  const ids = new Set<number>();
  for (const item of items) {
    const id = readId(item);
    if (id === null) return { errors: [`Incorrect type. Expected pk value, received ${pythonType(item)}.`] };
    const row = id > 0 && id <= 2_147_483_647 ? await stores(path)?.get(id) : null;
    if (!row) return { errors: [`Invalid pk "${id}" - object does not exist.`] };
    ids.add(id);
  }
  return { value: [...ids] };
}

/** As `findAll`, in the words of single references. */
async function findAllReferenced(
  path: string,
  items: readonly unknown[],
  stores: StoreLookup,
): Promise<Resolved> {
  const ids = new Set<number>();
  for (const item of items) {
    if (item === null) return { errors: ["This field may not be null."] };
    const found = await findReferenced(path, item, stores);
    if ("errors" in found) return found;
    ids.add(found.row.id);
  }
  return { value: [...ids] };
}

const nestedRows = z.array(z.looseObject({ id: z.number() }));

function rowsOf(value: unknown) {
  return nestedRows.parse(value ?? []);
}

function readId(value: unknown): number | null {
  if (typeof value === "number" && Number.isInteger(value)) return value;
  return typeof value === "string" && /^\d{1,10}$/.test(value) ? Number(value) : null;
}
