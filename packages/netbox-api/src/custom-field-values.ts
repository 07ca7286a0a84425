import type { CustomField, CustomFieldType, JsonValue } from "@proxbox/domain";
import { parseInstant } from "./instants.ts";

/** A value as it is stored, or why it cannot be one (contract section 5.5). Types are strict: `"5"` is no integer. */
export type CheckedValue = { readonly value: JsonValue } | { readonly error: string };

/** Checks a value of a custom field; related objects are ids by now. */
export function checkCustomFieldValue(field: CustomField, value: JsonValue): CheckedValue {
  if (value === null || value === "") {
    return field.required ? { error: "Required field cannot be empty." } : { value };
  }
  return checks[field.type](field, value);
}

type Check = (field: CustomField, value: Exclude<JsonValue, null>) => CheckedValue;

const checkText: Check = ({ regex }, value) => {
  if (typeof value !== "string") return { error: "Value must be a string." };
  if (regex !== "" && !matchesStart(regex, value)) return { error: `Value must match regex '${regex}'` };
  return { value };
};

const checks: Readonly<Record<CustomFieldType, Check>> = {
  text: checkText,
  longtext: checkText,
  url: checkText,
  integer: (field, value) =>
    Number.isInteger(value) ? inRange(field, Number(value)) : { error: "Value must be an integer." },
  decimal: (field, value) =>
    isDecimal(value) ? inRange(field, Number(value)) : { error: "Value must be a decimal." },
  boolean: (_, value) =>
    value === true || value === 1
      ? { value: true }
      : value === false || value === 0
        ? { value: false }
        : { error: "Value must be true or false." },
  date: (_, value) =>
    typeof value === "string" && /^\d{4}-\d\d-\d\d$/.test(value) && parseInstant(value) !== null
      ? { value }
      : { error: "Date values must be in ISO 8601 format (YYYY-MM-DD)." },
  datetime: (_, value) =>
    typeof value === "string" && /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(value) && parseInstant(value) !== null
      ? { value: value.replace(" ", "T") }
      : { error: "Date and time values must be in ISO 8601 format (YYYY-MM-DD HH:MM:SS)." },
  json: (_, value) => ({ value }),
  select: (field, value) => {
    const { name, values } = choicesOf(field);
    if (typeof value === "string" && values.includes(value)) return { value };
    return { error: `Invalid choice (${python(value)}) for choice set ${name}.` };
  },
  multiselect: (field, value) => {
    const { name, values } = choicesOf(field);
    const isSubset =
      Array.isArray(value) && value.every((one) => typeof one === "string" && values.includes(one));
    if (isSubset) return { value };
    return { error: `Invalid choice(s) (${python(value)}) for choice set ${name}.` };
  },
  object: (_, value) => (Number.isInteger(value) ? { value } : { error: "Value must be an object ID." }),
  multiobject: (_, value) => {
    if (!Array.isArray(value)) return { error: "Value must be a list of object IDs." };
    const wrong = value.find((id) => !Number.isInteger(id));
    if (wrong !== undefined) return { error: `Found invalid object ID: ${python(wrong)}` };
    return { value: value.length === 0 ? null : value };
  },
};

function choicesOf({ choiceSet }: CustomField): { name: string; values: readonly string[] } {
  return { name: choiceSet?.name ?? "None", values: choiceSet?.values ?? [] };
}

/** A number, or its text. */
function isDecimal(value: JsonValue): boolean {
  if (typeof value === "number") return true;
  return typeof value === "string" && /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,2})?\s*$/i.test(value);
}

function inRange({ minimum, maximum }: CustomField, value: number): CheckedValue {
  if (minimum !== null && value < Number(minimum)) return { error: `Value must be at least ${minimum}` };
  if (maximum !== null && value > Number(maximum)) return { error: `Value must not exceed ${maximum}` };
  return { value };
}

/** As Python's `re.match`. An expression of another dialect, stored by other means than this API, matches nothing. */
function matchesStart(regex: string, value: string): boolean {
  const expression = compilePattern(regex);
  return expression?.test(value) ?? false;
}

/** A regular expression anchored at the beginning of the text; null for what is none. */
export function compilePattern(regex: string): RegExp | null {
  try {
    return new RegExp(`^(?:${regex})`, "u");
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** A JSON value as Python prints it. */
function python(value: JsonValue): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) {
    return `[${value.map((one) => (typeof one === "string" ? `'${one}'` : python(one))).join(", ")}]`;
  }
  if (typeof value === "boolean") return value ? "True" : "False";
  return value === null ? "None" : JSON.stringify(value);
}
