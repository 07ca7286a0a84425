import type { JsonValue } from "./proxmox-values.ts";

/** Kinds of values that an operator's own fields can have. */
export const customFieldTypes = [
  "text",
  "longtext",
  "integer",
  "decimal",
  "boolean",
  "date",
  "datetime",
  "url",
  "json",
  "select",
  "multiselect",
  "object",
  "multiobject",
] as const;

export type CustomFieldType = (typeof customFieldTypes)[number];

/** A field that an operator added to a type of objects. */
export interface CustomField {
  readonly name: string;
  readonly type: CustomFieldType;
  readonly required: boolean;
  /** Of new objects; null: none. */
  readonly default: JsonValue;
  readonly filterLogic: "disabled" | "loose" | "exact";
  /** Decimal text with four places, as error messages show it; null: no limit. */
  readonly minimum: string | null;
  readonly maximum: string | null;
  /** Regular expression that a text must begin with; empty: none. */
  readonly regex: string;
  /** Of select and multiselect fields. */
  readonly choiceSet: { readonly name: string; readonly values: readonly string[] } | null;
  /** Type of the objects that object and multiobject fields refer to. */
  readonly relatedObjectType: string | null;
}
