/** We refuse the connection before anything was sent over it. The message says why and what to do. */
export class ConnectionRefusal extends Error {
  override readonly name = "ConnectionRefusal";
  readonly kind: "certificate" | "blocked-address";

  constructor(kind: "certificate" | "blocked-address", message: string) {
    super(message);
    this.kind = kind;
  }
}
