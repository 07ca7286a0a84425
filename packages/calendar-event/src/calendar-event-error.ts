/** A text is no schedule. The message names the offending part, its position and what would be valid there. */
export class CalendarEventError extends Error {
  override readonly name = "CalendarEventError";
  /** Offset of the offending part in the text that was parsed, in UTF-16 code units. */
  readonly position: number;

  constructor(message: string, position: number) {
    super(message);
    this.position = position;
  }
}
