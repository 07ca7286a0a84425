import type { ReadModel, ReadReference } from "../read-model.ts";
import { columns, loggedFields } from "./columns.ts";

const choicesCount = (alias: string): string => `jsonb_array_length(${alias}.extra_choices)`;

/** A choice set, joined as `cs`. */
const choiceSetReference: ReadReference = {
  joins: ["cs"],
  columns: {
    id: "cs.id",
    name: "cs.name",
    description: "cs.description",
    choicesCount: choicesCount("cs"),
    // What default values are checked with.
    extraChoices: "cs.extra_choices",
  },
  orderBy: ["cs.name", "cs.id"],
};

export const customFieldChoiceSetReadModel: ReadModel = {
  table: "custom_field_choice_set cs",
  id: "cs.id",
  joins: {},
  fields: {
    ...loggedFields("cs", "extras.customfieldchoiceset"),
    ...columns("cs", "text", { name: "name", description: "description" }),
    ...columns("cs", "jsonb", { extraChoices: "extra_choices" }),
    ...columns("cs", "boolean", { orderAlphabetically: "order_alphabetically" }),
    choicesCount: { sql: choicesCount("cs"), type: "integer" },
  },
  search: ["cs.name ilike $q", "cs.description ilike $q"],
  defaultOrder: [{ field: "name" }],
};

export const customFieldReadModel: ReadModel = {
  table: "custom_field cf",
  id: "cf.id",
  joins: { cs: { sql: "left join custom_field_choice_set cs on cs.id = cf.choice_set_id" } },
  fields: {
    ...loggedFields("cf", "extras.customfield"),
    ...columns("cf", "text", {
      type: "type",
      relatedObjectType: "related_object_type",
      name: "name",
      label: "label",
      groupName: "group_name",
      description: "description",
      filterLogic: "filter_logic",
      uiVisible: "ui_visible",
      uiEditable: "ui_editable",
      validationRegex: "validation_regex",
      comments: "comments",
    }),
    ...columns("cf", "integer", { searchWeight: "search_weight", weight: "weight" }),
    ...columns("cf", "boolean", { required: "required", isCloneable: "is_cloneable" }),
    ...columns("cf", "jsonb", {
      objectTypes: "object_types",
      default: "default_value",
      relatedObjectFilter: "related_object_filter",
    }),
    ...columns("cf", "numeric", {
      validationMinimum: "validation_minimum",
      validationMaximum: "validation_maximum",
    }),
    objectType: { sql: "select jsonb_array_elements_text(cf.object_types)", type: "text", many: true },
    choiceSet: { sql: "cf.choice_set_id", type: "integer", refersTo: choiceSetReference },
  },
  search: [
    "cf.name ilike $q",
    "cf.label ilike $q",
    "cf.group_name ilike $q",
    "cf.description ilike $q",
    "cf.comments ilike $q",
  ],
  defaultOrder: [{ field: "groupName" }, { field: "weight" }, { field: "name" }],
};
