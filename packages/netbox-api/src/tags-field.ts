import { z } from "zod";
import { invalidInput } from "./api-error.ts";
import type { Field, WriteRule } from "./field.ts";
import { findReferenced, type NestedForm, nestedToWire } from "./reference-field.ts";
import type { Row, StoreLookup, Values } from "./resource-store.ts";
import { tagFilter, tagIdFilter } from "./tag-filters.ts";
import { describeField, nestedMetadata } from "./describe-field.ts";
import { text } from "./text-fields.ts";

const nestedTag: NestedForm = {
  path: "extras/tags",
  displayUrl: true,
  display: (row) => String(row["name"]),
  fields: { name: text(), slug: text(), color: text() },
};

const tagRows = z.array(z.looseObject({ id: z.number(), name: z.string() }));

/**
 * The object's tags, with `add_tags` and `remove_tags` beside them and the filters `tag` and `tag_id` (contract section
 * 5.4). Rows have them in their order as `tags`; a store is given the ids of all tags that an object is to have.
 */
export function tags(): Field {
  return {
    toWire: (value, { links }) => readTags(value).map((row) => nestedToWire(nestedTag, { row, links })),
    metadata: {
      type: "field",
      child: describeField("", { ...changedTags, metadata: nestedMetadata(nestedTag) }),
    },
    write: tagList,
    filter: null,
    sortable: false,
    toLog: (value) => readTags(value).map(({ name }) => name),
    settle: settleTags,
    brings: {
      fields: { add_tags: changedTags, remove_tags: changedTags },
      filters: {
        tag: { field: "tags.slug", filter: tagFilter(nestedTag.path) },
        tag_id: { field: "tags.id", filter: tagIdFilter(nestedTag.path) },
      },
    },
  };
}

const tagList: WriteRule = {
  required: false,
  onNull: { error: "This field may not be null." },
  schema: z.unknown(),
  resolve: resolveTags,
};
const changedTags: Field = { toWire: null, write: tagList, filter: null, sortable: false };

function readTags(value: unknown) {
  return tagRows.parse(value ?? []);
}

/** Tags are never made by naming them. The first element that means no tag ends it; nulls are reported one by one. */
async function resolveTags(
  input: unknown,
  stores: StoreLookup,
): Promise<{ value: readonly Row[] } | { errors: unknown }> {
  if (!Array.isArray(input)) {
    return {
      errors: { non_field_errors: [`Expected a list of items but got type "${pythonType(input)}".`] },
    };
  }
  const found = new Map<number, Row>();
  const nulls: unknown[] = [];
  for (const element of z.array(z.unknown()).parse(input)) {
    if (element === null) {
      nulls.push(["This field may not be null."]);
      continue;
    }
    const result = await findReferenced(nestedTag.path, element, stores);
    if ("errors" in result) return result;
    found.set(result.row.id, result.row);
    nulls.push({});
  }
  return nulls.some((element) => Array.isArray(element)) ? { errors: nulls } : { value: [...found.values()] };
}

function pythonType(value: unknown): string {
  if (typeof value === "string") return "str";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float";
  return "dict";
}

/** Turns the three ways to write tags into the ids of all tags that the object is to have. */
function settleTags({ tags: all, addTags, removeTags, ...values }: Values, current: Row | null): Values {
  if (all === undefined && addTags === undefined && removeTags === undefined) return values;
  const added = readTags(addTags);
  const removed = readTags(removeTags);
  checkTags({ all: readTags(all), added, removed, isNew: current === null });
  if (all !== undefined) return { ...values, tags: readTags(all).map(({ id }) => id) };
  const gone = new Set(removed.map(({ id }) => id));
  const kept = readTags(current?.["tags"]).filter(({ id }) => !gone.has(id));
  return { ...values, tags: [...new Set([...kept, ...added].map(({ id }) => id))] };
}

type Tag = z.infer<typeof tagRows>[number];

function checkTags(given: { all: Tag[]; added: Tag[]; removed: Tag[]; isNew: boolean }): void {
  const { all, added, removed, isNew } = given;
  if (all.length > 0 && (added.length > 0 || removed.length > 0)) {
    const message = 'Cannot specify "tags" together with "add_tags" or "remove_tags".';
    throw invalidInput({ tags: [message] });
  }
  if (isNew && removed.length > 0) {
    throw invalidInput({ remove_tags: ['Cannot use "remove_tags" when creating a new object.'] });
  }
  const both = added.filter(({ id }) => removed.some((tag) => tag.id === id)).map(({ name }) => name);
  if (both.length > 0) {
    const message = `Tags may not be present in both "add_tags" and "remove_tags": ${both.join(", ")}`;
    throw invalidInput({ remove_tags: [message] });
  }
}
