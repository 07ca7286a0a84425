import type { ReadModel } from "../read-model.ts";
import { columns } from "./columns.ts";

/** Objects on the other side of a table of pairs, as a list in their order. */
function listOf(object: string, from: string): { sql: string; type: "jsonb" } {
  return { sql: `(select coalesce(jsonb_agg(${object}), '[]') from (${from}) o)`, type: "jsonb" };
}

const groupObject = "jsonb_build_object('id', o.id, 'name', o.name, 'description', o.description)";
const userObject = "jsonb_build_object('id', o.id, 'username', o.username)";
const permissionObject = `jsonb_build_object('id', o.id, 'name', o.name, 'description', o.description,
  'enabled', o.enabled, 'objectTypes', o.object_types, 'actions', o.actions)`;

/** Password hashes are not among the fields: no list query can reach them (rule R12). */
export const userReadModel: ReadModel = {
  table: "user_account u",
  id: "u.id",
  joins: {},
  fields: {
    ...columns("u", "integer", { id: "id" }),
    ...columns("u", "text", {
      username: "username",
      firstName: "first_name",
      lastName: "last_name",
      email: "email",
    }),
    ...columns("u", "boolean", { isActive: "is_active", isSuperuser: "is_superuser" }),
    ...columns("u", "timestamptz", { dateJoined: "created" }),
    groups: listOf(
      groupObject,
      `select g.* from user_account_group ug join user_group g on g.id = ug.group_id
       where ug.user_id = u.id order by g.name`,
    ),
    permissions: listOf(
      permissionObject,
      `select p.* from object_permission_user pu join object_permission p on p.id = pu.permission_id
       where pu.user_id = u.id order by p.name, p.id`,
    ),
    groupId: {
      sql: "select ug.group_id from user_account_group ug where ug.user_id = u.id",
      type: "integer",
      many: true,
    },
    groupName: {
      sql: `select g.name from user_account_group ug join user_group g on g.id = ug.group_id where ug.user_id = u.id`,
      type: "text",
      many: true,
    },
    permissionId: {
      sql: "select pu.permission_id from object_permission_user pu where pu.user_id = u.id",
      type: "integer",
      many: true,
    },
  },
  search: ["u.username ilike $q", "u.first_name ilike $q", "u.last_name ilike $q", "u.email ilike $q"],
  defaultOrder: [{ field: "username" }],
};

export const groupReadModel: ReadModel = {
  table: "user_group g",
  id: "g.id",
  joins: {},
  fields: {
    ...columns("g", "integer", { id: "id" }),
    ...columns("g", "text", { name: "name", description: "description" }),
    permissions: listOf(
      permissionObject,
      `select p.* from object_permission_group pg join object_permission p on p.id = pg.permission_id
       where pg.group_id = g.id order by p.name, p.id`,
    ),
    userCount: {
      sql: "(select count(*)::integer from user_account_group ug where ug.group_id = g.id)",
      type: "integer",
    },
    userId: {
      sql: "select ug.user_id from user_account_group ug where ug.group_id = g.id",
      type: "integer",
      many: true,
    },
    permissionId: {
      sql: "select pg.permission_id from object_permission_group pg where pg.group_id = g.id",
      type: "integer",
      many: true,
    },
  },
  search: ["g.name ilike $q", "g.description ilike $q"],
  defaultOrder: [{ field: "name" }],
};

const usersOfPermission = `from object_permission_user pu join user_account u on u.id = pu.user_id
  where pu.permission_id = p.id`;
const groupsOfPermission = `from object_permission_group pg join user_group g on g.id = pg.group_id
  where pg.permission_id = p.id`;

export const permissionReadModel: ReadModel = {
  table: "object_permission p",
  id: "p.id",
  joins: {},
  fields: {
    ...columns("p", "integer", { id: "id" }),
    ...columns("p", "text", { name: "name", description: "description" }),
    ...columns("p", "boolean", { enabled: "enabled" }),
    ...columns("p", "jsonb", { objectTypes: "object_types", actions: "actions", constraints: "constraints" }),
    groups: listOf(groupObject, `select g.* ${groupsOfPermission} order by g.name`),
    users: listOf(userObject, `select u.* ${usersOfPermission} order by u.username`),
    objectType: { sql: "select jsonb_array_elements_text(p.object_types)", type: "text", many: true },
    canView: { sql: "(p.actions ? 'view')", type: "boolean", read: false },
    canAdd: { sql: "(p.actions ? 'add')", type: "boolean", read: false },
    canChange: { sql: "(p.actions ? 'change')", type: "boolean", read: false },
    canDelete: { sql: "(p.actions ? 'delete')", type: "boolean", read: false },
    userId: { sql: `select u.id ${usersOfPermission}`, type: "integer", many: true },
    userName: { sql: `select u.username ${usersOfPermission}`, type: "text", many: true },
    groupId: { sql: `select g.id ${groupsOfPermission}`, type: "integer", many: true },
    groupName: { sql: `select g.name ${groupsOfPermission}`, type: "text", many: true },
  },
  search: ["p.name ilike $q", "p.description ilike $q"],
  defaultOrder: [{ field: "name" }],
};

/** Hashes of secrets are not among the fields (rule R12). */
export const tokenReadModel: ReadModel = {
  table: "api_token t",
  id: "t.id",
  joins: { u: { sql: "join user_account u on u.id = t.user_id" } },
  fields: {
    ...columns("t", "integer", { id: "id", version: "version" }),
    ...columns("t", "text", { key: "key", tail: "tail", description: "description" }),
    ...columns("t", "boolean", { enabled: "enabled", writeEnabled: "write_enabled" }),
    ...columns("t", "timestamptz", { created: "created", expires: "expires", lastUsed: "last_used" }),
    ...columns("t", "jsonb", { allowedIps: "allowed_ips" }),
    // NetBox hashes tokens of version 2 only, and names no pepper for the others.
    pepperId: { sql: "(case when t.version = 2 then t.pepper_id::integer end)", type: "integer" },
    user: {
      sql: "t.user_id",
      type: "integer",
      refersTo: { joins: ["u"], columns: { id: "u.id", username: "u.username" }, orderBy: ["u.username"] },
    },
    userName: { sql: "u.username", type: "text", joins: ["u"], read: false },
  },
  search: [
    "t.description ilike $q",
    "t.user_id in (select found.id from user_account found where found.username ilike $q)",
  ],
  defaultOrder: [{ field: "created", descending: true }],
};
