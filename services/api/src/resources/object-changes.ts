import {
  choice,
  defineResource,
  exactTextFilter,
  type Field,
  findRows,
  instant,
  integer,
  json,
  multipleChoiceFilter,
  multipleReferenceFilter,
  rangeFilter,
  reference,
  type Resource,
  type ResourceOfType,
  type Row,
  text,
  toWire,
  uuidFilter,
} from "@proxbox/netbox-api";
import { nestedUser } from "./nested-forms.ts";

const actions = { create: "Created", update: "Updated", delete: "Deleted" };

/** The change log (contract section 6.8), newest first. */
export function objectChangeResource(resourceOfType: ResourceOfType): Resource {
  return defineResource({
    path: "core/object-changes",
    model: "ObjectChange",
    objectType: "core.objectchange",
    display: (row) => displayOf(row, resourceOfType),
    displayUrl: true,
    fields: {
      time: instant({ filter: rangeFilter }),
      user: reference(nestedUser),
      user_name: text(),
      request_id: text({ filter: uuidFilter }),
      action: choice(actions, { filter: multipleChoiceFilter(Object.keys(actions)) }),
      changed_object_type: text({ filter: exactTextFilter }),
      changed_object_id: integer(),
      changed_object: changedObject(resourceOfType),
      object_repr: text(),
      message: text(),
      prechange_data: { ...json(), toWire: (value) => value ?? {} },
      postchange_data: { ...json(), toWire: (value) => value ?? {} },
    },
    brief: ["id", "url", "display", "time", "action", "changed_object_type", "changed_object_id"],
    filters: [
      "time",
      "user_name",
      "request_id",
      "action",
      "changed_object_type",
      "changed_object_id",
      "object_repr",
    ],
    moreFilters: {
      user: {
        field: "accountName",
        filter: multipleReferenceFilter({ path: nestedUser.path, by: "username" }),
      },
      user_id: { field: "user", filter: multipleReferenceFilter({ path: nestedUser.path, by: "id" }) },
    },
  });
}

/** The object in its brief form as it is now; null where it is gone, or nothing shows objects of its type. */
function changedObject(resourceOfType: ResourceOfType): Field {
  return {
    toWire: (value, { row, links }) => {
      const resource = resourceOfType(String(row["changedObjectType"]));
      if (resource === undefined || !isFound(value)) return null;
      return toWire(resource.briefFields, { row: value, links });
    },
    load: async (rows, stores) => {
      const wanted = new Map<string, Set<number>>();
      for (const row of rows) {
        const type = String(row["changedObjectType"]);
        wanted.set(type, (wanted.get(type) ?? new Set()).add(Number(row["changedObjectId"])));
      }
      const found = new Map<string, ReadonlyMap<number, Row>>();
      for (const [type, ids] of wanted) {
        const resource = resourceOfType(type);
        if (resource !== undefined) found.set(type, await findRows(stores, resource.path, [...ids]));
      }
      return rows.map((row) => {
        const object = found.get(String(row["changedObjectType"]))?.get(Number(row["changedObjectId"]));
        return { ...row, changedObject: object ?? null };
      });
    },
    filter: null,
    sortable: false,
  };
}

function isFound(value: unknown): value is Row {
  return typeof value === "object" && value !== null && "id" in value;
}

const applications: Readonly<Record<string, string>> = {
  netbox_proxbox: "Proxbox",
  dcim: "DCIM",
  ipam: "IPAM",
};

/** `Proxbox | Replication vm100 - 100-0 created by admin`. */
function displayOf(row: Row, resourceOfType: ResourceOfType): string {
  const type = String(row["changedObjectType"]);
  const [application = "", model = ""] = type.split(".");
  const words = (resourceOfType(type)?.model ?? model).replaceAll(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase();
  const isPlugin = application === "netbox_proxbox";
  const action = { create: "created", update: "updated", delete: "deleted" }[String(row["action"])];
  return [
    applications[application] ?? capitalized(application),
    "|",
    isPlugin ? capitalized(words) : words,
    String(row["objectRepr"]),
    action ?? String(row["action"]),
    `by ${String(row["userName"])}`,
  ].join(" ");
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
