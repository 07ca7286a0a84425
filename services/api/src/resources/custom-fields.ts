import type { CustomFieldType, customFieldTypes } from "@proxbox/domain";
import {
  boolean,
  changeLogFilters,
  choice,
  computed,
  constant,
  decimal,
  defineResource,
  exactTextFilter,
  instant,
  integer,
  invalidInput,
  json,
  multipleChoiceFilter,
  multipleReferenceFilter,
  type NestedForm,
  reference,
  type Resource,
  type Row,
  text,
  type Values,
} from "@proxbox/netbox-api";
import { checkDefinition } from "./check-custom-field.ts";
import { objectTypeList, relatedObjectType } from "./object-types.ts";

const types = {
  text: "Text",
  longtext: "Text (long)",
  integer: "Integer",
  decimal: "Decimal",
  boolean: "Boolean (true/false)",
  date: "Date",
  datetime: "Date & time",
  url: "URL",
  json: "JSON",
  select: "Selection",
  multiselect: "Multiple selection",
  object: "Object",
  multiobject: "Multiple objects",
} satisfies Record<CustomFieldType, string>;
const filterLogics = { disabled: "Disabled", loose: "Loose", exact: "Exact" };
const visibilities = { always: "Always", "if-set": "If set", hidden: "Hidden" };
const editabilities = { yes: "Yes", no: "No", hidden: "Hidden" };

const optional = { write: "optional" } as const;
const weight = { write: "optional", minimum: 0, maximum: 32_767 } as const;
const limit = { write: "optional", nullable: true, digits: 16, places: 4 } as const;
const anyOf = (choices: object) => multipleChoiceFilter(Object.keys(choices));

const nestedChoiceSet: NestedForm = {
  path: "extras/custom-field-choice-sets",
  display: (row) => String(row["name"]),
  fields: { name: text(), description: text(), choices_count: integer() },
};

interface ObjectTypes {
  /** Types of objects that can have custom fields. */
  readonly extendable: readonly string[];
  /** Types of objects that a custom field can refer to. */
  readonly referable: readonly string[];
}

/** Fields that operators add to types of objects (contract sections 1.1, 4.7 and 5.5). */
export function customFieldResource({ extendable, referable }: ObjectTypes): Resource {
  return defineResource({
    path: "extras/custom-fields",
    model: "CustomField",
    objectType: "extras.customfield",
    display: displayName,
    displayUrl: true,
    fields: {
      object_types: objectTypeList(extendable, "required"),
      type: {
        ...choice(types, { write: "required", filter: anyOf(types) }),
        settle: refuseOtherType,
      },
      related_object_type: relatedObjectType(referable),
      data_type: computed(({ type }) => dataTypes[String(type)] ?? "string"),
      name: text({
        write: "required",
        maxLength: 50,
        rule: { test: (name) => nameError(name) === null, message: (name) => nameError(name) ?? "" },
      }),
      label: text({ ...optional, blank: true, maxLength: 50 }),
      group_name: text({ ...optional, blank: true, maxLength: 50 }),
      description: text({ ...optional, blank: true, maxLength: 200 }),
      required: boolean(optional),
      unique: constant(false),
      search_weight: integer(weight),
      filter_logic: choice(filterLogics, { ...optional, filter: anyOf(filterLogics) }),
      ui_visible: choice(visibilities, { ...optional, filter: anyOf(visibilities) }),
      ui_editable: choice(editabilities, { ...optional, filter: anyOf(editabilities) }),
      is_cloneable: boolean(optional),
      default: json({ ...optional, nullable: true }),
      related_object_filter: json({ ...optional, nullable: true }),
      weight: integer(weight),
      validation_minimum: decimal(limit),
      validation_maximum: decimal(limit),
      validation_regex: text({ ...optional, blank: true, maxLength: 500 }),
      choice_set: reference(nestedChoiceSet, {
        ...optional,
        nullable: true,
        filter: multipleReferenceFilter({ path: nestedChoiceSet.path, by: "id" }),
      }),
      owner: constant(null),
      comments: text({ ...optional, blank: true }),
      created: instant(),
      last_updated: instant(),
    },
    brief: ["id", "url", "display", "name", "description"],
    filters: [
      "name",
      "label",
      "group_name",
      "description",
      "type",
      "required",
      "filter_logic",
      "ui_visible",
      "ui_editable",
      "is_cloneable",
      "weight",
      "search_weight",
      "related_object_type",
    ],
    moreFilters: {
      ...changeLogFilters,
      object_type: { field: "objectType", filter: exactTextFilter },
      choice_set_id: {
        field: "choiceSet",
        filter: multipleReferenceFilter({ path: nestedChoiceSet.path, by: "id" }),
      },
    },
    methods: ["POST", "PUT", "PATCH", "DELETE"],
    check: checkDefinition,
    unique: { custom_field_one_per_name: { name: ["custom field with this name already exists."] } },
  });
}

const dataTypes: Readonly<Record<string, string>> = {
  integer: "integer",
  decimal: "decimal",
  boolean: "boolean",
  json: "object",
  object: "object",
  multiselect: "array",
  multiobject: "array",
} satisfies Partial<Record<(typeof customFieldTypes)[number], string>>;

/** The label, else the name as words. */
function displayName({ label, name }: Row): string {
  if (typeof label === "string" && label !== "") return label;
  const words = String(name).replaceAll("_", " ").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function nameError(name: string): string | null {
  if (!/^[a-z0-9_]+$/i.test(name)) return "Only alphanumeric characters and underscores are allowed.";
  return name.includes("__") ? "Double underscores are not permitted in custom field names." : null;
}

/** Values that objects have are not converted. */
function refuseOtherType(written: Values, current: Row | null): Values {
  if (current === null || written["type"] === undefined || written["type"] === current["type"])
    return written;
  throw invalidInput({ type: ["Changing the type of custom fields is not supported."] });
}
