export type ListQueryErrorCode = "invalid-pattern" | "invalid-value" | "unknown-field";

/**
 * A list query cannot be answered: a regular expression is none, a value is not of its field's type, or there is no
 * such field.
 */
export class ListQueryError extends Error {
  readonly code: ListQueryErrorCode;

  constructor(code: ListQueryErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ListQueryError";
    this.code = code;
  }
}
