/** What would be stored is nothing that the user may write. */
export class RowNotPermittedError extends Error {
  readonly code = "not-permitted";

  constructor() {
    super("The row as it would be stored is outside of what its writer may write");
    this.name = "RowNotPermittedError";
  }
}
