/** A regular expression in a list query is not one that PostgreSQL understands. */
export class InvalidPatternError extends Error {
  readonly code = "invalid-pattern";

  constructor(options: ErrorOptions) {
    super("Invalid regular expression", options);
    this.name = "InvalidPatternError";
  }
}
