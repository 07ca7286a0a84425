import { changeLogFilters, defineResource, instant, integer, type Resource, text } from "@proxbox/netbox-api";
import { objectTypeList } from "./object-types.ts";

const slug = /^[-a-zA-Z0-9_]+$/;
const color = /^[0-9a-f]{6}$/;

/** Labels for objects (contract sections 1.1 and 5.1); `taggable` are the types of objects that can have any. */
export function tagResource(taggable: readonly string[]): Resource {
  return defineResource({
    path: "extras/tags",
    model: "Tag",
    objectType: "extras.tag",
    display: (row) => String(row["name"]),
    displayUrl: true,
    fields: {
      name: text({ write: "required", maxLength: 100 }),
      slug: text({
        write: "required",
        maxLength: 100,
        rule: {
          test: (value) => slug.test(value),
          message: () =>
            "Enter a valid “slug” consisting of Unicode letters, numbers, underscores, or hyphens.",
        },
      }),
      color: text({
        write: "optional",
        maxLength: 6,
        rule: {
          test: (value) => color.test(value),
          message: () => "Enter a valid hexadecimal RGB color code.",
        },
      }),
      description: text({ write: "optional", blank: true, maxLength: 200 }),
      weight: integer({ write: "optional", minimum: 0, maximum: 32_767 }),
      object_types: objectTypeList(taggable, "optional"),
      tagged_items: integer(),
      created: instant(),
      last_updated: instant(),
    },
    brief: ["id", "url", "display", "name", "slug", "color", "description"],
    filters: ["name", "slug", "color", "description", "weight"],
    moreFilters: changeLogFilters,
    methods: ["POST", "PUT", "PATCH", "DELETE"],
    unique: {
      tag_one_per_name: { name: ["tag with this name already exists."] },
      tag_one_per_slug: { slug: ["tag with this slug already exists."] },
    },
  });
}
