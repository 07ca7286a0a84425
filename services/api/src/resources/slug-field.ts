import { type Field, text } from "@proxbox/netbox-api";

/** A short name for addresses and filters. */
export function slug(): Field {
  return {
    ...text({
      write: "required",
      maxLength: 100,
      rule: {
        test: (value) => /^[-a-zA-Z0-9_]+$/.test(value),
        message: () =>
          "Enter a valid “slug” consisting of Unicode letters, numbers, underscores, or hyphens.",
      },
    }),
    metadata: { type: "slug", max_length: 100 },
  };
}

/** Messages for a name and a slug that are taken; the constraints are named after the table. */
export function uniqueNames(table: string, model: string): Record<string, Record<string, string[]>> {
  return {
    [`${table}_one_per_name`]: { name: [`${model} with this name already exists.`] },
    [`${table}_one_per_slug`]: { slug: [`${model} with this slug already exists.`] },
  };
}
