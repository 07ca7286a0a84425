import {
  boolean,
  booleanFilter,
  constant,
  defineResource,
  instant,
  integer,
  json,
  list,
  multipleReferenceFilter,
  referenceList,
  type Resource,
  secret,
  text,
} from "@proxbox/netbox-api";
import { z } from "zod";
import { nestedGroup, nestedPermission, nestedUser } from "./nested-forms.ts";
import { objectTypeList } from "./object-types.ts";

const methods = ["POST", "PUT", "PATCH", "DELETE"] as const;
const userById = multipleReferenceFilter({ path: nestedUser.path, by: "id" });
const userByName = multipleReferenceFilter({ path: nestedUser.path, by: "username" });
const groupById = multipleReferenceFilter({ path: nestedGroup.path, by: "id" });
const groupByName = multipleReferenceFilter({ path: nestedGroup.path, by: "name" });
const permissionById = multipleReferenceFilter({ path: nestedPermission.path, by: "id" });

/** People and programs that call the API. */
export const users = defineResource({
  path: "users/users",
  model: "User",
  objectType: "users.user",
  display: ({ username, firstName, lastName }) => {
    const fullName = [firstName, lastName].filter((name) => name !== "" && name !== undefined).join(" ");
    return fullName === "" ? String(username) : `${String(username)} (${fullName})`;
  },
  displayUrl: true,
  fields: {
    username: text({
      write: "required",
      maxLength: 150,
      rule: {
        test: (name) => /^[\w.@+-]+$/.test(name),
        message: () =>
          "Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters.",
      },
    }),
    password: secret({ write: "required", maxLength: 128 }),
    first_name: text({ write: "optional", blank: true, maxLength: 150 }),
    last_name: text({ write: "optional", blank: true, maxLength: 150 }),
    email: text({
      write: "optional",
      blank: true,
      maxLength: 254,
      rule: {
        test: (address) => z.email().safeParse(address).success,
        message: () => "Enter a valid email address.",
      },
    }),
    is_active: boolean({ write: "optional" }),
    date_joined: instant(),
    last_login: constant(null),
    groups: referenceList(nestedGroup, { write: "optional" }),
    permissions: referenceList(nestedPermission, { write: "optional" }),
  },
  brief: ["id", "url", "display", "username"],
  filters: ["username", "first_name", "last_name", "email", "is_active", "date_joined"],
  moreFilters: {
    is_superuser: { field: "isSuperuser", filter: booleanFilter },
    group_id: { field: "groupId", filter: groupById },
    group: { field: "groupName", filter: groupByName },
    permission_id: { field: "permissionId", filter: permissionById },
  },
  methods,
  unique: { user_account_one_per_name: { username: ["A user with that username already exists."] } },
});

/** Users who share permissions. */
export const groups = defineResource({
  path: "users/groups",
  model: "Group",
  objectType: "users.group",
  display: (row) => String(row["name"]),
  displayUrl: true,
  fields: {
    name: text({ write: "required", maxLength: 150 }),
    description: text({ write: "optional", blank: true, maxLength: 200 }),
    permissions: referenceList(nestedPermission, { write: "optional" }),
    user_count: integer(),
  },
  brief: ["id", "url", "display", "name", "description"],
  filters: ["name", "description"],
  moreFilters: {
    user_id: { field: "userId", filter: userById },
    permission_id: { field: "permissionId", filter: permissionById },
  },
  methods,
  unique: { user_group_one_per_name: { name: ["group with this name already exists."] } },
});

const action = z
  .string({ error: "Not a valid string." })
  .trim()
  .min(1, { error: "This field may not be blank." })
  .max(30, { error: "Ensure this field has no more than 30 characters." });

/** What users and groups may do to objects of the `known` types (contract section 2.5). */
export function permissionResource(known: readonly string[]): Resource {
  return defineResource({
    path: "users/permissions",
    model: "ObjectPermission",
    objectType: "users.objectpermission",
    display: (row) => String(row["name"]),
    displayUrl: true,
    fields: {
      name: text({ write: "required", maxLength: 100 }),
      description: text({ write: "optional", blank: true, maxLength: 200 }),
      enabled: boolean({ write: "optional" }),
      object_types: objectTypeList(known, "required"),
      actions: list(action, { write: "required" }),
      constraints: json({ write: "optional", nullable: true }),
      groups: referenceList(nestedGroup, { write: "optional" }),
      users: referenceList(nestedUser, { write: "optional" }),
    },
    brief: ["id", "url", "display", "name", "description", "enabled", "object_types", "actions"],
    filters: ["name", "description", "enabled"],
    moreFilters: {
      can_view: { field: "canView", filter: booleanFilter },
      can_add: { field: "canAdd", filter: booleanFilter },
      can_change: { field: "canChange", filter: booleanFilter },
      can_delete: { field: "canDelete", filter: booleanFilter },
      user_id: { field: "userId", filter: userById },
      user: { field: "userName", filter: userByName },
      group_id: { field: "groupId", filter: groupById },
      group: { field: "groupName", filter: groupByName },
    },
    methods,
    check: ({ constraints }) =>
      constraintsSchema.safeParse(constraints ?? null).success
        ? null
        : { constraints: ["Constraints must be an object, an array of objects, or null."] },
  });
}

const conditions = z.record(z.string(), z.unknown());
const constraintsSchema = z.union([z.null(), conditions, z.array(conditions)]);
