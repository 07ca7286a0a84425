import { types } from "node:util";

const secretKey =
  /(password|passwd|passphrase|secret|token|authorization|cookie|pepper|ticket|(secret|private|encryption|api)key)(s|value)?$/;
const urlPassword = /(:\/\/[^\s:/?#@]*):[^\s/?#@]+@/g;
const proxmoxToken = /(PVEAPIToken=[^\s=]+)=[^\s"',]+/g;
const hidden = "[redacted]";
const maxDepth = 8;

/**
 * Turns the fields of a log line into plain JSON values. Values of keys that name a secret are replaced, at any depth,
 * as are passwords in URLs and Proxmox API tokens inside texts; errors keep name, message, code, stack and cause.
 */
export function toLogFields(fields: unknown): Record<string, unknown> {
  return typeof fields === "object" && fields !== null ? plainRecord(fields, []) : {};
}

/** Removes URL passwords and Proxmox API tokens from a text. */
export function redactText(text: string): string {
  return text.replace(urlPassword, `$1:${hidden}@`).replace(proxmoxToken, `$1=${hidden}`);
}

function plainRecord(record: object, parents: readonly object[]): Record<string, unknown> {
  const plain: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(record)) {
    plain[key] = isSecret(key, value) ? hidden : plainValue(value, [...parents, record]);
  }
  return plain;
}

/** `hasPassword: false` and `token: null` are facts, not secrets. */
function isSecret(key: string, value: unknown): boolean {
  if (value === null || value === undefined || typeof value === "boolean") return false;
  return secretKey.test(key.replaceAll(/[-_.]/g, "").toLowerCase());
}

function plainValue(value: unknown, parents: readonly object[]): unknown {
  if (typeof value === "string") return redactText(value);
  if (typeof value === "bigint") return String(value);
  if (typeof value === "function" || typeof value === "symbol") return undefined;
  if (typeof value !== "object" || value === null) return value;
  if (parents.includes(value)) return "[circular]";
  if (parents.length >= maxDepth) return "[too deep]";
  return plainObject(value, parents);
}

function plainObject(value: object, parents: readonly object[]): unknown {
  if (isError(value)) return plainError(value, parents);
  if (value instanceof Date) return Number.isNaN(value.valueOf()) ? null : value.toISOString();
  if (value instanceof URL) return redactText(value.href);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Map) return plainRecord(recordOf(value), parents);
  if (Array.isArray(value) || value instanceof Set) {
    return [...value].map((item: unknown) => plainValue(item, [...parents, value]));
  }
  return plainRecord(value, parents);
}

function recordOf(map: ReadonlyMap<unknown, unknown>): Record<string, unknown> {
  return Object.fromEntries([...map].map(([key, value]) => [String(key), value]));
}

function isError(value: object): value is Error {
  return types.isNativeError(value) || value instanceof Error;
}

function plainError(error: Error, parents: readonly object[]): Record<string, unknown> {
  const { name, message, stack, cause } = error;
  const plain: Record<string, unknown> = { name, message };
  if ("code" in error) plain["code"] = error.code;
  if (stack !== undefined) plain["stack"] = stack;
  if (cause !== undefined) plain["cause"] = cause;
  if ("errors" in error && Array.isArray(error.errors)) plain["errors"] = error.errors;
  return plainRecord(plain, [...parents, error]);
}
