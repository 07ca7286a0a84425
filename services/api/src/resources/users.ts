import {
  boolean,
  constant,
  defineResource,
  instant,
  type Links,
  type Row,
  text,
  toWire,
} from "@proxbox/netbox-api";

const users = defineResource({
  path: "users/users",
  model: "User",
  objectType: "users.user",
  display: (row) => String(row["username"]),
  displayUrl: true,
  fields: {
    username: text(),
    first_name: constant(""),
    last_name: constant(""),
    email: constant(""),
    is_active: boolean(),
    date_joined: instant({ source: "created" }),
    last_login: constant(null),
    groups: constant([]),
    permissions: constant([]),
  },
  brief: ["id", "url", "display", "username"],
  filters: [],
});

/** A user in the full form. */
export function userToWire(row: Row, links: Links): Record<string, unknown> {
  return toWire(users.fields, { row, links });
}
