import {
  boolean,
  changeLogFilters,
  constant,
  defineResource,
  type Field,
  instant,
  integer,
  text,
  type Values,
} from "@proxbox/netbox-api";
import { z } from "zod";

const choiceText = z
  .union([z.string(), z.number(), z.boolean()], { error: "Not a valid string." })
  .transform(String)
  .refine((value) => value.length <= 100, { error: "Ensure this value has at most 100 characters." })
  .refine((value) => !value.includes("\0"), { error: "Null characters are not allowed." });

const pairs = z.array(
  z
    .array(choiceText, { error: "Expected a list of items." })
    .min(2, { error: "Ensure this field has at least 2 elements." })
    .max(2, { error: "Ensure this field has no more than 2 elements." }),
  { error: "Expected a list of items." },
);

/** The choices of select fields (contract section 1.1). */
export const customFieldChoiceSets = defineResource({
  path: "extras/custom-field-choice-sets",
  model: "CustomFieldChoiceSet",
  objectType: "extras.customfieldchoiceset",
  display: (row) => String(row["name"]),
  displayUrl: true,
  fields: {
    name: text({ write: "required", maxLength: 100 }),
    description: text({ write: "optional", blank: true, maxLength: 200 }),
    base_choices: constant(null),
    extra_choices: extraChoices(),
    order_alphabetically: boolean({ write: "optional" }),
    choices_count: integer(),
    owner: constant(null),
    created: instant(),
    last_updated: instant(),
  },
  brief: ["id", "url", "display", "name", "description", "choices_count"],
  filters: ["name", "description", "order_alphabetically"],
  moreFilters: changeLogFilters,
  methods: ["POST", "PUT", "PATCH", "DELETE"],
  check: checkChoices,
  unique: {
    custom_field_choice_set_one_per_name: {
      name: ["custom field choice set with this name already exists."],
    },
  },
});

/** Pairs of value and label. */
function extraChoices(): Field {
  return {
    toWire: (value) => value ?? [],
    write: { required: true, onNull: { error: "This field may not be null." }, schema: pairs },
    filter: null,
    sortable: false,
    toLog: (value) => value ?? [],
  };
}

function checkChoices(values: Values): Record<string, string[]> | null {
  const choices = pairs.parse(values["extraChoices"] ?? []);
  if (choices.length === 0) return { __all__: ["Must define base or extra choices."] };
  const seen = new Set<string>();
  for (const [value = ""] of choices) {
    if (seen.has(value)) return { extra_choices: [`Duplicate value '${value}' found in extra choices.`] };
    seen.add(value);
  }
  return null;
}
