/** Who sends a request. */
export interface Caller {
  readonly user: { readonly id: number; readonly username: string };
  /** Superusers pass all checks; nobody else sees data yet. */
  readonly isSuperuser: boolean;
  /** False for a read-only token. */
  readonly writeEnabled: boolean;
}

export interface Credentials {
  /** The Authorization header, byte for byte in Latin-1; undefined when there is none. */
  readonly authorization: string | undefined;
  /** The client's address; undefined when it is not known. */
  readonly address: string | undefined;
}

/** Finds who calls; null without credentials. Throws ApiError 403 for credentials that are no good. */
export type Authenticate = (credentials: Credentials) => Promise<Caller | null>;
