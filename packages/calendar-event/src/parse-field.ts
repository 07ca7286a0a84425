import type { CalendarField, FieldRange } from "./calendar-event.ts";
import type { FieldLimits } from "./field-limits.ts";
import type { Scanner } from "./scanner.ts";

/** Reads the grammar's `list`: `*`, `*` with `/n`, or items `v`, `v/n`, `v..v`, `v..v/n` between commas. */
export function parseField(scanner: Scanner, limits: FieldLimits): CalendarField {
  if (scanner.skip("*")) return scanner.skip("/") ? [everyNth(scanner, limits)] : "every";
  const ranges = [parseItem(scanner, limits)];
  while (scanner.skip(",")) ranges.push(parseItem(scanner, limits));
  return ranges;
}

function everyNth(scanner: Scanner, limits: FieldLimits): FieldRange {
  return rangeOf(limits.min, limits.max, readStep(scanner, { ...limits, min: 1 }));
}

function parseItem(scanner: Scanner, limits: FieldLimits): FieldRange {
  const { position } = scanner;
  const first = readValue(scanner, limits);
  const last = scanner.skip("..") ? readValue(scanner, limits) : null;
  if (last !== null && last < first) {
    throw scanner.error(
      `${limits.name}s ${first}..${last}`,
      "a range goes from the lower to the higher",
      position,
    );
  }
  if (!scanner.skip("/")) return rangeOf(first, last ?? first, 1);
  return rangeOf(first, last ?? limits.max, readStep(scanner, { ...limits, min: 0 }));
}

/** Contract section 9: "Step 0 after a number means just that number". */
function rangeOf(first: number, last: number, step: number): FieldRange {
  if (step === 0 || first === last) return { first, last: first, step: 1 };
  return { first, last: last - ((last - first) % step), step };
}

function readValue(scanner: Scanner, limits: FieldLimits): number {
  const valid = `${limits.name}s go from ${limits.min} to ${limits.max}`;
  return readNumber(scanner, limits, { what: limits.name, valid });
}

function readStep(scanner: Scanner, limits: FieldLimits): number {
  const valid = `steps of ${limits.name}s go from ${limits.min} to ${limits.max}`;
  return readNumber(scanner, limits, { what: "step", valid });
}

function readNumber(
  scanner: Scanner,
  { min, max }: FieldLimits,
  { what, valid }: { what: string; valid: string },
): number {
  const { position } = scanner;
  const digits = scanner.digits();
  if (digits === "") throw scanner.missing(what, valid);
  const value = Number(digits);
  if (value < min || value > max) throw scanner.error(`${what} ${digits.slice(0, 12)}`, valid, position);
  return value;
}
