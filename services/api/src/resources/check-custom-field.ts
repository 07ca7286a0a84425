import { customFieldTypes, type JsonValue } from "@proxbox/domain";
import { checkCustomFieldValue, compilePattern, type FieldErrors, type Values } from "@proxbox/netbox-api";
import { z } from "zod";

const definitionSchema = z.object({
  type: z.enum(customFieldTypes),
  default: z.json().default(null),
  validationMinimum: z.string().nullish(),
  validationMaximum: z.string().nullish(),
  validationRegex: z.string().default(""),
  choiceSet: z.number().nullish(),
  relatedObjectType: z.string().nullish(),
  relatedObjectFilter: z.json().optional(),
});
type Definition = z.infer<typeof definitionSchema>;

/** What a definition of a custom field must keep beyond its single fields, the first broken rule first. */
export function checkDefinition(values: Values): FieldErrors | null {
  const definition = definitionSchema.parse(values);
  for (const rule of rules) {
    const errors = rule(definition);
    if (errors !== null) return errors;
  }
  return null;
}

const rules: readonly ((definition: Definition) => FieldErrors | null)[] = [
  checkRegex,
  checkDefault,
  ({ type, validationMinimum, validationMaximum }) => {
    if (type === "integer" || type === "decimal") return null;
    if (isSet(validationMinimum)) {
      return { validation_minimum: ["A minimum value may be set only for numeric fields"] };
    }
    if (isSet(validationMaximum)) {
      return { validation_maximum: ["A maximum value may be set only for numeric fields"] };
    }
    return null;
  },
  ({ type, validationRegex }) =>
    validationRegex === "" || type === "text" || type === "longtext" || type === "url"
      ? null
      : {
          validation_regex: ["Regular expression validation is supported only for text and URL fields"],
        },
  ({ type, choiceSet }) => {
    const isChosen = type === "select" || type === "multiselect";
    if (isChosen === isSet(choiceSet)) return null;
    const message = isChosen
      ? "Selection fields must specify a set of choices."
      : "Choices may be set only on selection fields.";
    return { choice_set: [message] };
  },
  ({ type, relatedObjectType }) => {
    if (isRelation(type) === isSet(relatedObjectType)) return null;
    if (isRelation(type)) return { related_object_type: ["Object fields must define an object type."] };
    return { type: [`${type} fields may not define an object type.`] };
  },
  ({ type, relatedObjectFilter }) =>
    isSet(relatedObjectFilter) && !isRelation(type)
      ? { related_object_filter: ["A related object filter can be defined only for object fields."] }
      : null,
];

function checkRegex({ validationRegex }: Definition): FieldErrors | null {
  if (validationRegex === "" || compilePattern(validationRegex) !== null) return null;
  return { validation_regex: [`${validationRegex} is not a valid regular expression.`] };
}

/** Choices may change later, and a default that is none any more is refused when an object gets it. */
function checkDefault(definition: Definition): FieldErrors | null {
  const { type, default: value } = definition;
  if (value === null || type === "select" || type === "multiselect") return null;
  const checked = checkCustomFieldValue(
    {
      name: "",
      type,
      required: false,
      default: null,
      filterLogic: "loose",
      minimum: limitText(definition.validationMinimum),
      maximum: limitText(definition.validationMaximum),
      regex: definition.validationRegex,
      choiceSet: null,
      relatedObjectType: null,
    },
    value,
  );
  if ("value" in checked) return null;
  return { default: [`Invalid default value "${shown(value)}": ${checked.error}`] };
}

function limitText(limit: string | null | undefined): string | null {
  return limit === null || limit === undefined ? null : Number(limit).toFixed(4);
}

function shown(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function isRelation(type: Definition["type"]): boolean {
  return type === "object" || type === "multiobject";
}
