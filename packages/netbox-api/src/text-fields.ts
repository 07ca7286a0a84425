import { z } from "zod";
import {
  type Field,
  type FieldMetadata,
  mayNotBeBlank,
  plainToWire,
  writable,
  type WriteOptions,
} from "./field.ts";
import type { Filter } from "./filter.ts";
import { textFilter } from "./filters-of-text.ts";

export interface TextOptions extends WriteOptions {
  readonly maxLength?: number;
  /** May the empty text be written? */
  readonly blank?: boolean;
  /** A rule that a text must keep, and what to say of one that does not. */
  readonly rule?: { readonly test: (text: string) => boolean; readonly message: (text: string) => string };
  readonly filter?: Filter;
}

/** Text; outer spaces are removed on write, and numbers are taken as their text (contract W-4). */
export function text(options: TextOptions = {}): Field {
  return {
    ...writable(
      options,
      textSchema(options, (value) => value.trim()),
    ),
    toWire: plainToWire,
    metadata: textMetadata(options),
    filter: options.filter ?? textFilter,
    sortable: true,
  };
}

/** Text that is written and never read back, such as a password. It is neither trimmed, filtered nor logged. */
export function secret(options: TextOptions & { readonly write: "required" | "optional" }): Field {
  return {
    ...writable(
      options,
      textSchema(options, (value) => value),
    ),
    toWire: null,
    metadata: textMetadata(options),
    filter: null,
    sortable: false,
  };
}

function textMetadata({ maxLength }: TextOptions): FieldMetadata {
  return { type: "string", ...(maxLength === undefined ? {} : { max_length: maxLength }) };
}

function textSchema({ maxLength, blank, rule }: TextOptions, clean: (value: string) => string): z.ZodType {
  let schema = z.string({ error: "Not a valid string." });
  if (blank !== true) schema = schema.min(1, { error: mayNotBeBlank, abort: true });
  if (maxLength !== undefined) {
    schema = schema.max(maxLength, { error: `Ensure this field has no more than ${maxLength} characters.` });
  }
  schema = schema
    .refine((value) => !value.includes("\0"), { error: "Null characters are not allowed." })
    .refine((value) => !/\p{Surrogate}/u.test(value), { error: "Surrogate characters are not allowed." });
  if (rule !== undefined) {
    schema = schema.refine((value) => value === "" || rule.test(value), {
      error: ({ input }) => rule.message(String(input)),
    });
  }
  return z.preprocess((value) => {
    if (typeof value === "number") return String(value);
    return typeof value === "string" ? clean(value) : value;
  }, schema);
}
