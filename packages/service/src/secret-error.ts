/** A sealed secret or a digest cannot be used. The message never contains secrets or keys. */
export class SecretError extends Error {
  /** `unknown-key`: its key is not among the configured ones. `not-authentic`: changed, moved to another row, or wrong key. */
  readonly code: "malformed" | "not-authentic" | "unknown-key";

  constructor(code: SecretError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "SecretError";
    this.code = code;
  }
}
