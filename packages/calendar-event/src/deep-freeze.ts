/** Makes the value and all that it holds immutable. Stops at what is frozen already. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  Object.values<unknown>({ ...value }).forEach(deepFreeze);
  return value;
}
