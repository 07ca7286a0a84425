/** A value is taken; `constraint` is the name of the unique constraint or index. */
export class UniqueViolationError extends Error {
  readonly code = "unique-violation";
  readonly constraint: string;

  constructor(constraint: string, options: ErrorOptions) {
    super(`A value is taken (${constraint})`, options);
    this.name = "UniqueViolationError";
    this.constraint = constraint;
  }
}
