import type { ReadModel } from "../read-model.ts";
import { columns, nothing } from "./columns.ts";

export const jobReadModel: ReadModel = {
  table: "job j",
  id: "j.id",
  joins: { u: { sql: "left join user_account u on u.id = j.user_id" } },
  fields: {
    ...columns("j", "integer", { id: "id", interval: `"interval"` }),
    ...columns("j", "text", { name: "name", status: "status", error: "error" }),
    ...columns("j", "timestamptz", {
      created: "created",
      scheduled: "scheduled",
      started: "started",
      completed: "completed",
    }),
    ...columns("j", "uuid", { jobId: "job_id" }),
    ...columns("j", "jsonb", { data: "data", logEntries: "log_entries" }),
    user: {
      sql: "j.user_id",
      type: "integer",
      refersTo: {
        joins: ["u"],
        columns: { id: "u.id", username: "u.username" },
        orderBy: ["u.username", "u.id"],
      },
    },
    userName: { sql: "u.username", type: "text", joins: ["u"], read: false },
    queueName: { sql: "'default'::text", type: "text" },
    notifications: { sql: "'always'::text", type: "text" },
    objectType: nothing,
    objectId: nothing,
  },
  search: [
    `j.user_id in (select found.id from user_account found where found.username ilike $q)`,
    "j.name ilike $q",
  ],
  defaultOrder: [{ field: "created", descending: true }],
};
