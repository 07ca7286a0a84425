import type { CalendarField, FieldRange } from "./calendar-event.ts";

/** The smallest number of the field that is at least `value` and at most `max`; null when there is none. */
export function atOrAfter(field: CalendarField, value: number, max: number): number | null {
  if (field === "every") return value <= max ? value : null;
  let smallest = Infinity;
  for (const range of field) smallest = Math.min(smallest, inRange(range, value));
  return smallest <= max && smallest < Infinity ? smallest : null;
}

function inRange({ first, last, step }: FieldRange, value: number): number {
  if (value <= first) return first;
  const candidate = first + Math.ceil((value - first) / step) * step;
  return candidate <= last ? candidate : Infinity;
}

/** All numbers of the field between `min` and `max`, ascending, each once. */
export function valuesOf(field: CalendarField, min: number, max: number): number[] {
  const values: number[] = [];
  for (let value = atOrAfter(field, min, max); value !== null; value = atOrAfter(field, value + 1, max)) {
    values.push(value);
  }
  return values;
}
