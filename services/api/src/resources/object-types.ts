import { exactTextFilter, type Field } from "@proxbox/netbox-api";
import { z } from "zod";

const malformed = "Invalid value. Specify a content type as '<app_label>.<model_name>'.";

/** One of the known content types, or what is wrong with it. */
function objectTypeSchema(known: readonly string[]): z.ZodType {
  return z
    .string({ error: malformed })
    .regex(/^[^.]+\.[^.]+$/, { error: malformed, abort: true })
    .refine((value) => known.includes(value), {
      error: ({ input }) => `Invalid content type: ${String(input)}`,
    });
}

/** A list of content types such as `netbox_proxbox.replication`. */
export function objectTypeList(known: readonly string[], write: "required" | "optional"): Field {
  const list = z.array(objectTypeSchema(known), {
    error: ({ input }) =>
      `Expected a list of items but got type "${typeof input === "string" ? "str" : "dict"}".`,
  });
  return {
    toWire: (value) => value ?? [],
    write: {
      required: write === "required",
      onNull: { error: "This field may not be null." },
      schema: list.transform((types) => [...new Set(types)]),
    },
    filter: null,
    sortable: false,
    toLog: (value) => value ?? [],
  };
}

/** The content type of the objects that something refers to, or null. */
export function relatedObjectType(known: readonly string[]): Field {
  return {
    toWire: (value) => value ?? null,
    write: { required: false, onNull: "store", schema: objectTypeSchema(known) },
    filter: exactTextFilter,
    sortable: false,
    toLog: (value) => value ?? null,
  };
}
