import { types } from "node:util";

/** Unlike `instanceof`, true for errors of Node.js itself also where code runs in a context of its own (jest). */
export function isError(value: unknown): value is Error {
  return types.isNativeError(value) || value instanceof Error;
}

/** Whatever was thrown, as an Error. */
export function toError(value: unknown): Error {
  return isError(value) ? value : new Error(String(value));
}
