import { z } from "zod";
import { type Field, plainToWire, writable, type WriteOptions } from "./field.ts";
import type { Filter } from "./filter.ts";
import { booleanFilter, decimalFilter, instantFilter, integerFilter } from "./filters-of-values.ts";
import { instantToWire, parseInstant } from "./instants.ts";

export interface NumberOptions extends WriteOptions {
  readonly minimum?: number;
  readonly maximum?: number;
}

/** A whole number; texts such as `"101"` are understood, booleans are not (contract W-4). */
export function integer(options: NumberOptions = {}): Field {
  const range = { maximum: 2_147_483_647, minimum: -2_147_483_648, ...options };
  const schema = z.preprocess(
    readInteger,
    inRange(z.number({ error: "A valid integer is required." }), range),
  );
  return {
    ...writable(options, schema),
    toWire: plainToWire,
    metadata: { type: "integer", ...rangeMetadata(range) },
    filter: integerFilter,
    sortable: true,
  };
}

/** A floating point number; `true` is 1, as Python has it. */
export function float(options: NumberOptions = {}): Field {
  const schema = z.preprocess(
    readFloat,
    inRange(z.number({ error: "A valid number is required." }), options),
  );
  return {
    ...writable(options, schema),
    toWire: plainToWire,
    metadata: { type: "float", ...rangeMetadata(options) },
    filter: decimalFilter,
    sortable: true,
  };
}

export interface DecimalOptions extends NumberOptions {
  readonly digits: number;
  readonly places: number;
}

/** A decimal: a JSON number on the wire, exact text in the store. */
export function decimal(options: DecimalOptions): Field {
  return {
    ...writable(options, decimalSchema(options)),
    toWire: (value) => (value === null ? null : Number(value)),
    metadata: { type: "decimal", ...rangeMetadata(options) },
    filter: decimalFilter,
    sortable: true,
  };
}

const truths = new Set<unknown>(["t", "y", "yes", "true", "on", "1", 1, true]);
const lies = new Set<unknown>(["f", "n", "no", "false", "off", "0", 0, false]);

/** True or false, in the many spellings that Django REST framework takes. */
export function boolean(options: WriteOptions = {}): Field {
  const schema = z.preprocess(
    (value) => {
      const word = typeof value === "string" ? value.toLowerCase() : value;
      if (truths.has(word)) return true;
      return lies.has(word) ? false : value === "null" ? undefined : undefined;
    },
    z.boolean({ error: "Must be a valid boolean." }),
  );
  return {
    ...writable(options, schema),
    toWire: plainToWire,
    metadata: { type: "boolean" },
    filter: booleanFilter,
    sortable: true,
  };
}

/** An instant: RFC 3339 in UTC with microseconds; ISO 8601 and its shorter forms are understood. */
export function instant(options: WriteOptions & { readonly filter?: Filter } = {}): Field {
  return {
    ...writable(options, instantSchema),
    toWire: (value) => (typeof value === "string" ? instantToWire(value) : null),
    metadata: { type: "datetime" },
    filter: options.filter ?? instantFilter,
    sortable: true,
  };
}

const instantSchema = z.unknown().transform((value, context) => {
  const instant = typeof value === "string" ? parseInstant(value) : null;
  if (instant !== null) return instant;
  context.addIssue({
    code: "custom",
    message:
      "Datetime has wrong format. Use one of these formats instead: " +
      "YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z].",
  });
  return z.NEVER;
});

/** Any JSON. PostgreSQL cannot store the character U+0000, so that one is refused. */
export function json(options: WriteOptions = {}): Field {
  const schema = z.unknown().refine((value) => !/(?<!\\)(?:\\\\)*\\u0000/.test(JSON.stringify(value)), {
    error: "Null characters are not allowed.",
  });
  return { ...writable(options, schema), toWire: (value) => value, filter: null, sortable: true };
}

function rangeMetadata({ minimum, maximum }: NumberOptions): { min_value?: number; max_value?: number } {
  return {
    ...(minimum === undefined ? {} : { min_value: minimum }),
    ...(maximum === undefined ? {} : { max_value: maximum }),
  };
}

function inRange(schema: z.ZodNumber, { minimum, maximum }: NumberOptions): z.ZodNumber {
  let ranged = schema;
  if (minimum !== undefined) {
    ranged = ranged.min(minimum, { error: `Ensure this value is greater than or equal to ${minimum}.` });
  }
  if (maximum !== undefined) {
    ranged = ranged.max(maximum, { error: `Ensure this value is less than or equal to ${maximum}.` });
  }
  return ranged;
}

/** NaN for what is no whole number: the schema refuses it. */
function readInteger(value: unknown): unknown {
  if (typeof value === "number") return Number.isInteger(value) ? value : Number.NaN;
  if (typeof value !== "string") return value;
  const digits = value.trim().replace(/\.0*$/, "");
  return /^[+-]?\d+$/.test(digits) ? Number(digits) : Number.NaN;
}

function readFloat(value: unknown): unknown {
  if (typeof value === "boolean") return Number(value);
  if (typeof value !== "string") return value;
  return /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i.test(value) ? Number(value) : Number.NaN;
}

function decimalSchema({ digits, places, minimum, maximum }: DecimalOptions): z.ZodType {
  return z.preprocess(
    (value) => (typeof value === "number" ? String(value) : typeof value === "string" ? value.trim() : value),
    z
      .string({ error: "A valid number is required." })
      .regex(/^[+-]?(?:\d+\.?\d*|\.\d+)$/, { error: "A valid number is required.", abort: true })
      .refine((value) => digitsOf(value).all <= digits, {
        error: `Ensure that there are no more than ${digits} digits in total.`,
        abort: true,
      })
      .refine((value) => digitsOf(value).decimal <= places, {
        error: `Ensure that there are no more than ${places} decimal places.`,
        abort: true,
      })
      .refine((value) => digitsOf(value).whole <= digits - places, {
        error: `Ensure that there are no more than ${digits - places} digits before the decimal point.`,
        abort: true,
      })
      .refine((value) => minimum === undefined || Number(value) >= minimum, {
        error: `Ensure this value is greater than or equal to ${minimum ?? ""}.`,
      })
      .refine((value) => maximum === undefined || Number(value) <= maximum, {
        error: `Ensure this value is less than or equal to ${maximum ?? ""}.`,
      }),
  );
}

function digitsOf(text: string): { all: number; whole: number; decimal: number } {
  const [whole = "", decimal = ""] = text.replace(/^[+-]?0*/, "").split(".");
  return { all: whole.length + decimal.length, whole: whole.length, decimal: decimal.length };
}
