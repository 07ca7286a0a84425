import type { ReadModel } from "../read-model.ts";
import { columns, loggedFields } from "./columns.ts";

export const tagReadModel: ReadModel = {
  table: "tag t",
  id: "t.id",
  joins: {},
  fields: {
    ...loggedFields("t", "extras.tag"),
    ...columns("t", "text", { name: "name", slug: "slug", color: "color", description: "description" }),
    ...columns("t", "integer", { weight: "weight" }),
    ...columns("t", "jsonb", { objectTypes: "object_types" }),
    taggedItems: {
      sql: "(select count(*)::integer from tagged_item item where item.tag_id = t.id)",
      type: "integer",
    },
  },
  search: ["t.name ilike $q", "t.slug ilike $q"],
  defaultOrder: [{ field: "weight" }, { field: "name" }],
};
