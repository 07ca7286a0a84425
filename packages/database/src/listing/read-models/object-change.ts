import type { ReadModel } from "../read-model.ts";
import { columns } from "./columns.ts";

export const objectChangeReadModel: ReadModel = {
  table: "object_change oc",
  id: "oc.id",
  joins: { u: { sql: "left join user_account u on u.id = oc.user_id" } },
  fields: {
    ...columns("oc", "integer", { id: "id", changedObjectId: "changed_object_id" }),
    ...columns("oc", "timestamptz", { time: `"time"` }),
    ...columns("oc", "uuid", { requestId: "request_id" }),
    ...columns("oc", "text", {
      userName: "user_name",
      action: "action",
      changedObjectType: "changed_object_type",
      objectRepr: "object_repr",
      message: "message",
    }),
    ...columns("oc", "jsonb", { prechangeData: "prechange_data", postchangeData: "postchange_data" }),
    user: {
      sql: "oc.user_id",
      type: "integer",
      refersTo: {
        joins: ["u"],
        columns: { id: "u.id", username: "u.username" },
        orderBy: ["u.username", "u.id"],
      },
    },
    // The account's name now; `userName` is the one that it had.
    accountName: { sql: "u.username", type: "text", joins: ["u"], read: false },
  },
  search: ["oc.user_name ilike $q", "oc.object_repr ilike $q", "oc.message ilike $q"],
  defaultOrder: [{ field: "time", descending: true }],
};
