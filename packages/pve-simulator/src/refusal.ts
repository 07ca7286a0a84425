/** An answer other than success. Thrown anywhere while a request is handled; the server turns it into the wire form. */
export class Refusal extends Error {
  readonly status: number;
  /** `json`: the usual envelope; `none`: no body and no content type (authentication, proxying; contract section 1). */
  readonly body: "json" | "none";
  /** Parameter name to complaint, for 400. */
  readonly errors: Readonly<Record<string, string>> | null;
  readonly delayMs: number;

  constructor(
    status: number,
    text: string,
    options: { body?: "json" | "none"; errors?: Readonly<Record<string, string>>; delayMs?: number } = {},
  ) {
    super(text);
    this.name = "Refusal";
    this.status = status;
    this.body = options.body ?? "json";
    this.errors = options.errors ?? null;
    this.delayMs = options.delayMs ?? 0;
  }
}

/** 403, with path and privilege in the text (contract section 3). */
export function missingPrivilege(path: string, privileges: string): Refusal {
  return new Refusal(403, `Permission check failed (${path}, ${privileges})`);
}
