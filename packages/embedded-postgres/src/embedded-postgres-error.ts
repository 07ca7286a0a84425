/** Why the embedded server could not be used. */
export type EmbeddedPostgresErrorCode =
  "cannot-run" | "folder-in-use" | "start-failed" | "stop-failed" | "wrong-owner" | "wrong-version";

/** Its message is a sentence that tells the operator what to do, with the server's own words where there are any. */
export class EmbeddedPostgresError extends Error {
  readonly code: EmbeddedPostgresErrorCode;

  constructor(code: EmbeddedPostgresErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "EmbeddedPostgresError";
    this.code = code;
  }
}
