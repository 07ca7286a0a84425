/** Inclusive: the numbers `first`, `first + step`, ... `last`. `last` is always one of them. */
export interface FieldRange {
  readonly first: number;
  readonly last: number;
  readonly step: number;
}

/** The numbers that a field may have; `"every"` is a field that the schedule leaves open. */
export type CalendarField = "every" | readonly FieldRange[];

/**
 * A parsed schedule: an immutable, JSON-compatible value. An event is every second whose local date and time match all
 * seven fields.
 */
export interface CalendarEvent {
  /** The schedule as it was written, without the blanks around it. */
  readonly text: string;
  /** The schedule ends in `UTC`: it is computed in UTC whatever zone the caller names. */
  readonly utc: boolean;
  /** Ascending, Monday is 1, Sunday is 7. Never empty. */
  readonly weekdays: "every" | readonly number[];
  readonly year: CalendarField;
  readonly month: CalendarField;
  /** Of the month. */
  readonly day: CalendarField;
  readonly hour: CalendarField;
  readonly minute: CalendarField;
  readonly second: CalendarField;
}
