import { z } from "zod";
import { type Field, mayNotBeBlank, writable, type WriteOptions } from "./field.ts";
import type { Filter } from "./filter.ts";
import { choiceFilter } from "./filters-of-relations.ts";

/** Value to label. */
export type Choices = Readonly<Record<string, string>>;

export interface ChoiceOptions extends WriteOptions {
  /** By default the one of the plugin's models: one value. */
  readonly filter?: Filter;
}

/** One of a few values: `{"value", "label"}` when read, the bare value when written (contract section 5.3). */
export function choice(choices: Choices, options: ChoiceOptions = {}): Field {
  return {
    ...writable(options, choiceSchema(choices, options.nullable === true), mayNotBeBlank),
    toWire: (value) => toWire(choices, value),
    metadata: {
      type: "field",
      choices: Object.entries(choices).map(([value, label]) => ({ value, display_name: label })),
    },
    filter: options.filter ?? choiceFilter(Object.keys(choices)),
    sortable: true,
  };
}

function toWire(choices: Choices, value: unknown): { value: string; label: string } | null {
  if (value === null || value === "") return null;
  if (typeof value !== "string") throw new TypeError("The read model gave no text for a choice");
  return { value, label: (Object.hasOwn(choices, value) ? choices[value] : undefined) ?? value };
}

function choiceSchema(choices: Choices, blank: boolean): z.ZodType {
  return z.unknown().transform((value, context) => {
    const refuse = (message: string): never => {
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    };
    if (typeof value === "object") {
      return refuse('Value must be passed directly (e.g. "foo": 123); do not use a dictionary or list.');
    }
    if (value === "") return blank ? "" : refuse(mayNotBeBlank);
    if (typeof value === "string" && Object.hasOwn(choices, value)) return value;
    return refuse(`${pythonText(value)} is not a valid choice.`);
  });
}

/** Python prints booleans capitalised, and NetBox tries a text as a boolean before it complains. */
function pythonText(value: unknown): string {
  const text = String(value);
  if (text.toLowerCase() === "true") return "True";
  return text.toLowerCase() === "false" ? "False" : text;
}
