import { Refusal } from "./refusal.ts";
import type { ParameterCheck, Route } from "./request.ts";

/** Any text. */
export const text: ParameterCheck = () => null;

/** 0 or 1, as PVE's clients send flags. */
export const flag: ParameterCheck = (value) =>
  /^(0|1|no|yes|off|on|false|true)$/i.test(value) ? null : `type check ('boolean') failed - got '${value}'`;

export const nonNegative: ParameterCheck = (value) =>
  /^\d+$/.test(value) ? null : `type check ('integer') failed - got '${value}'`;

export const vmid: ParameterCheck = (value) => {
  if (!/^\d+$/.test(value)) return `type check ('integer') failed - got '${value}'`;
  if (Number(value) < 100) return "value must have a minimum value of 100";
  if (Number(value) > 999_999_999) return "value must have a maximum value of 999999999";
  return null;
};

export const nodeName: ParameterCheck = (value) =>
  /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/i.test(value)
    ? null
    : "invalid format - value does not look like a valid node name\n";

export const jobId: ParameterCheck = (value) =>
  /^[1-9][0-9]{2,8}-(0|[1-9]\d{0,8})$/.test(value)
    ? null
    : "invalid format - value does not look like a valid replication job ID\n";

export const aclPath: ParameterCheck = (value) =>
  /^\/[A-Za-z0-9._:/-]*$/.test(value) ? null : `invalid ACL path '${value}'\n`;

/** One of the given words. */
export function oneOf(...words: string[]): ParameterCheck {
  return (value) =>
    words.includes(value)
      ? null
      : `value '${value}' does not have a value in the enumeration '${words.join(", ")}'`;
}

/** Throws the 400 of refused parameters, with a complaint for each. */
export function verifyParameters(
  route: Route,
  inPath: Readonly<Record<string, ParameterCheck>>,
  given: ReadonlyMap<string, string>,
): void {
  const errors: Record<string, string> = {};
  const known = { ...route.parameters, ...inPath };
  for (const [name, value] of given) {
    const complaint = Object.hasOwn(known, name)
      ? known[name]?.(value)
      : "property is not defined in schema and the schema does not allow additional properties";
    if (typeof complaint === "string") errors[name] = complaint;
  }
  for (const name of route.required ?? []) {
    if (!given.has(name)) errors[name] = "property is missing and it is not optional";
  }
  if (Object.keys(errors).length > 0) throw new Refusal(400, "Parameter verification failed.", { errors });
}
