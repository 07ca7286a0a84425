import { describeField } from "./describe-field.ts";
import type { Caller } from "./caller.ts";
import { actionOf, may } from "./permissions.ts";
import type { Resource } from "./resource.ts";

/**
 * What OPTIONS tells of the fields that a caller may write, by method; empty where he may write none. Of an object only
 * PUT is told, of a list POST too (contract section 6.7).
 */
export function describeActions(
  resource: Resource,
  caller: Caller,
  level: "list" | "detail",
): Readonly<Record<string, unknown>> {
  const methods = level === "list" ? (["POST", "PUT"] as const) : (["PUT"] as const);
  const allowed = methods.filter(
    (method) => resource.methods.includes(method) && may(caller, resource, actionOf(method)),
  );
  if (allowed.length === 0) return {};
  const fields = describeFields(resource);
  return Object.fromEntries(allowed.map((method) => [method, fields]));
}

function describeFields({ fields, help }: Resource): Record<string, unknown> {
  return {
    ...Object.fromEntries(
      fields.map((field) => [field.name, describeField(field.name, field, help.get(field.name))]),
    ),
    changelog_message: {
      type: "string",
      required: false,
      read_only: false,
      label: "Changelog message",
      max_length: 200,
    },
  };
}
