import type { Term } from "@proxbox/domain";
import { z } from "zod";
import { camelCase } from "./reference-field.ts";
import type { Resource } from "./resource.ts";
import type { ResourceStore } from "./resource-store.ts";

/** A condition of a permission that cannot be asked of its objects. */
export interface UnusableCondition {
  readonly permission: string;
  readonly objectType: string;
  /** Its name, such as `endpoint__site__name`. */
  readonly condition: string;
}

interface Context {
  readonly resource: Resource;
  readonly store: Pick<ResourceStore, "answers">;
  /** What `$user` stands for. */
  readonly userId: number;
}

/**
 * The conditions of one constraint, in the words of Django: `name`, `endpoint` and `endpoint_id`, and one step further
 * `endpoint__name`, each with one of the lookups below or none. Values are `null`, text, numbers and booleans, and
 * `$user` for the caller. Related objects' properties other than the id compare as text.
 */
export function compileConstraint(
  constraint: Readonly<Record<string, unknown>>,
  context: Context,
): { readonly terms: readonly Term[] } | { readonly unusable: string } {
  const terms: Term[] = [];
  for (const [name, value] of Object.entries(constraint)) {
    const term = compileCondition(name, value, context);
    if (term === null || !context.store.answers(term)) return { unusable: name };
    terms.push(term);
  }
  return { terms };
}

function compileCondition(name: string, value: unknown, { resource, userId }: Context): Term | null {
  const path = name.split("__");
  const lookup = path.length > 1 ? lookups.get(path.at(-1) ?? "") : undefined;
  const field = findField(resource, lookup === undefined ? path : path.slice(0, -1));
  return field === null ? null : (lookup ?? exact)(field, replaceUser(value, userId));
}

/** Only what can be read can be asked for: no secret, and nothing that the resource does not declare. */
function findField({ fields }: Resource, path: readonly string[]): string | null {
  const [first = "", property, ...rest] = path;
  const readable = (wanted: string) =>
    fields.find(({ name, toWire }) => name === wanted && toWire !== null) ?? null;
  const found =
    readable(first === "pk" ? "id" : first) ??
    (first.endsWith("_id") ? readable(first.slice(0, -"_id".length)) : null);
  if (found === null || rest.length > 0) return null;
  return property === undefined
    ? found.source
    : `${found.source}.${property === "pk" ? "id" : camelCase(property)}`;
}

function replaceUser(value: unknown, userId: number): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => replaceUser(item, userId));
  return value === "$user" ? userId : value;
}

type CompileLookup = (field: string, value: unknown) => Term | null;

const comparable = z.union([z.string(), z.number(), z.boolean()]);

const exact: CompileLookup = (field, value) => within(field, [value]);

function within(field: string, values: readonly unknown[]): Term | null {
  const parsed = z.array(comparable).safeParse(values.filter((value) => value !== null));
  if (!parsed.success) return null;
  return { test: "in", field, values: parsed.data, orNull: values.includes(null), negated: false };
}

function comparing(test: "lt" | "lte" | "gt" | "gte"): CompileLookup {
  return (field, value) => {
    const parsed = comparable.safeParse(value);
    return parsed.success ? { test, field, values: [parsed.data] } : null;
  };
}

function textual(
  test: "contains" | "starts" | "ends" | "same" | "regex",
  pattern: (text: string) => string = (text) => text,
): CompileLookup {
  return (field, value) =>
    typeof value === "string" ? { test, field, values: [pattern(value)], negated: false } : null;
}

/** Makes every character of a text stand for itself in a regular expression of PostgreSQL. */
function literally(text: string): string {
  return text.replaceAll(/[!-/:-@[-^`{-~\s]/g, String.raw`\$&`);
}

const lookups: ReadonlyMap<string, CompileLookup> = new Map<string, CompileLookup>([
  ["exact", exact],
  ["in", (field, value) => (Array.isArray(value) ? within(field, value) : null)],
  [
    "isnull",
    (field, value) =>
      typeof value === "boolean" ? { test: "in", field, values: [], orNull: true, negated: !value } : null,
  ],
  ["gt", comparing("gt")],
  ["gte", comparing("gte")],
  ["lt", comparing("lt")],
  ["lte", comparing("lte")],
  ["iexact", textual("same")],
  ["icontains", textual("contains")],
  ["istartswith", textual("starts")],
  ["iendswith", textual("ends")],
  ["contains", textual("regex", literally)],
  ["startswith", textual("regex", (text) => `^${literally(text)}`)],
  ["endswith", textual("regex", (text) => `${literally(text)}$`)],
]);
