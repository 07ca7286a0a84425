import type { Field, FieldMetadata } from "./field.ts";
import type { NestedForm } from "./reference-field.ts";

/** A field as OPTIONS tells of it (contract section 6.7). */
export function describeField(
  name: string,
  { write, metadata }: Pick<Field, "write" | "metadata">,
  help?: string,
): Record<string, unknown> {
  const { type = "field", ...facts } = metadata ?? {};
  return {
    type,
    required: write?.required ?? false,
    read_only: write === undefined,
    label: labelOf(name),
    ...(help === undefined ? {} : { help_text: help }),
    ...facts,
  };
}

/** What OPTIONS tells of an object inside another one. */
export function nestedMetadata({ displayUrl, fields }: NestedForm): FieldMetadata {
  const readOnly: Pick<Field, "metadata"> = {};
  const children: Record<string, Pick<Field, "write" | "metadata">> = {
    id: { metadata: { type: "integer" } },
    url: readOnly,
    ...(displayUrl === true ? { display_url: readOnly } : {}),
    display: readOnly,
    ...fields,
  };
  return {
    type: "nested object",
    children: Object.fromEntries(
      Object.entries(children).map(([name, field]) => [name, describeField(name, field)]),
    ),
  };
}

/** `replication_id` to `Replication id`. */
function labelOf(name: string): string {
  if (name === "id") return "ID";
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
