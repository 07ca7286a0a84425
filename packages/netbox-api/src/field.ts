import type { z } from "zod";
import type { Filter } from "./filter.ts";
import type { Links } from "./links.ts";
import type { Row, StoreLookup, Values } from "./resource-store.ts";

export interface WireContext {
  readonly row: Row;
  readonly links: Links;
}

/** How a field is written. Absent: the field is read-only, and input for it is ignored. */
export interface WriteRule {
  readonly required: boolean;
  /** What null stands for: itself, or an error. */
  readonly onNull: { readonly error: string } | "store";
  /** From anything but null to the value to store; messages as in contract sections 5.2, 5.3 and 6.4. */
  readonly schema: z.ZodType;
  /** For references: finds the object meant by what the schema let through. Messages, or the value to store. */
  readonly resolve?: (
    input: unknown,
    stores: StoreLookup,
  ) => Promise<{ value: unknown } | { errors: unknown }>;
}

/** What OPTIONS tells of a field, beside its name and how it may be written (contract section 6.7). */
export interface FieldMetadata {
  readonly type:
    "string" | "slug" | "integer" | "float" | "decimal" | "boolean" | "datetime" | "field" | "nested object";
  readonly max_length?: number;
  readonly min_value?: number;
  readonly max_value?: number;
  readonly choices?: readonly { readonly value: string; readonly display_name: string }[];
  /** Of a nested object, by name. */
  readonly children?: Readonly<Record<string, unknown>>;
  /** Of a list. */
  readonly child?: unknown;
}

/**
 * A field of a resource. Its kind owns the four things that depend on its type: how a stored value looks on the wire,
 * what may be written, which lookups it answers, and how their values are read.
 */
export interface Field {
  /** Name in rows and list queries; by default the wire name in camel case. */
  readonly source?: string;
  /** Null: the field can only be written. */
  readonly toWire: ((value: unknown, context: WireContext) => unknown) | null;
  readonly write?: WriteRule;
  /** Default: a field of no type in particular. */
  readonly metadata?: FieldMetadata;
  /** Null: nothing of this type can be filtered. */
  readonly filter: Filter | null;
  /** Whether the rows can be ordered by it. */
  readonly sortable: boolean;
  /** The value in the change log, where it is not the stored one. */
  readonly toLog?: (value: unknown) => unknown;
  /**
   * Once each field is fine: what to store, from what was written and the locked row, which is null on creation.
   * Throws ApiError 400.
   */
  readonly settle?: (written: Values, current: Row | null) => Values;
  /** Fetches what `toWire` needs beyond the rows, and answers the rows with it. Called once for all rows of an answer. */
  readonly load?: (rows: readonly Row[], stores: StoreLookup) => Promise<readonly Row[]>;
  /** What a resource gains with this field: fields that can only be written, and filters by parameter. */
  readonly brings?: {
    readonly fields: Readonly<Record<string, Field>>;
    readonly filters: Readonly<Record<string, { readonly field: string; readonly filter: Filter }>>;
  };
}

/** Options that all writable kinds share. Fields are read-only unless `write` is given. */
export interface WriteOptions {
  readonly source?: string;
  readonly write?: "required" | "optional";
  /** May null be written? */
  readonly nullable?: boolean;
}

const mayNotBeNull = "This field may not be null.";
export const mayNotBeBlank = "This field may not be blank.";

/** The `source` and `write` of a field, from its options. */
export function writable(
  options: WriteOptions,
  schema: z.ZodType,
  nullError = mayNotBeNull,
): { source?: string; write?: WriteRule } {
  const source = options.source === undefined ? {} : { source: options.source };
  if (options.write === undefined) return source;
  const onNull = options.nullable === true ? ("store" as const) : { error: nullError };
  return { ...source, write: { required: options.write === "required", onNull, schema } };
}

/** Text, numbers, booleans and null go over the wire as they are. Anything else is a wrong read model. */
export function plainToWire(value: unknown): unknown {
  if (
    value === null ||
    typeof value === "string" ||
    typeof value === "number" ||
    typeof value === "boolean"
  ) {
    return value;
  }
  throw new TypeError("The read model gave no plain value");
}
