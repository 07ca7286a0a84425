import { valuesOf } from "./calendar-field.ts";
import type { CalendarField } from "./calendar-event.ts";
import type { FieldLimits } from "./field-limits.ts";
import { nameRun, numberList, runsOf, wordList } from "./word-list.ts";

/** From so many numbers on, equal steps are shortened to `0, 7, 14 ... 56`. */
const MANY = 5;

/**
 * The numbers of a field in words, such as `8 to 17 and 22` or `0, 7, 14 ... 56`; null when the field leaves nothing out.
 */
export function describeField(
  field: CalendarField,
  { min, max }: FieldLimits,
  name: (value: number) => string = String,
): string | null {
  if (field === "every") return null;
  const values = valuesOf(field, min, max);
  if (values.length === max - min + 1) return null;
  if (values.length >= MANY && isEvenlySpaced(values)) return wordList(shortened(values, name));
  const runs = runsOf(values);
  const asWritten = runs.length > MANY && field.length < runs.length;
  return asWritten
    ? wordList(field.flatMap((range) => shortened(valuesOf([range], min, max), name)))
    : numberList(values, name);
}

function isEvenlySpaced([first = 0, second = 0, ...others]: readonly number[]): boolean {
  return others.every((value, index) => value === second + (index + 1) * (second - first));
}

/** The parts of a list that name evenly spaced values. */
function shortened(values: readonly number[], name: (value: number) => string): string[] {
  const [first = 0, second = 0, third = 0] = values;
  if (values.length < MANY || second === first + 1)
    return runsOf(values).flatMap((run) => nameRun(run, name));
  return [`${[first, second, third].map(name).join(", ")} ... ${name(values.at(-1) ?? third)}`];
}
