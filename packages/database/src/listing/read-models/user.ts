import type { ReadModel } from "../read-model.ts";
import { columns } from "./columns.ts";

export const userReadModel: ReadModel = {
  table: "user_account u",
  id: "u.id",
  joins: {},
  fields: {
    ...columns("u", "integer", { id: "id" }),
    ...columns("u", "text", { username: "username" }),
    ...columns("u", "boolean", { isActive: "is_active" }),
    ...columns("u", "timestamptz", { created: "created" }),
  },
  search: ["u.username ilike $q"],
  defaultOrder: [{ field: "username" }],
};
