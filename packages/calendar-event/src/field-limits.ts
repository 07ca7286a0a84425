/** What one number of a schedule stands for, and which numbers it may be. */
export interface FieldLimits {
  readonly name: string;
  readonly min: number;
  readonly max: number;
}

/** Contract section 9: the grammar's `list(a..b)`. */
export const limits = {
  year: { name: "year", min: 0, max: 2199 },
  month: { name: "month", min: 1, max: 12 },
  day: { name: "day", min: 1, max: 31 },
  hour: { name: "hour", min: 0, max: 23 },
  minute: { name: "minute", min: 0, max: 59 },
  second: { name: "second", min: 0, max: 59 },
} as const satisfies Record<string, FieldLimits>;
