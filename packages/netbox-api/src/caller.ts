/** Leave to do some things to some objects (contract section 2.5). */
export interface Permission {
  readonly name: string;
  /** Such as `netbox_proxbox.replication`. */
  readonly objectTypes: readonly string[];
  /** `view`, `add`, `change`, `delete`, and an object type's own ones. */
  readonly actions: readonly string[];
  /** The objects that satisfy all conditions of one of them, by NetBox's field names; null: every object. */
  readonly constraints: readonly Readonly<Record<string, unknown>>[] | null;
}

/** Who sends a request. */
export interface Caller {
  readonly user: { readonly id: number; readonly username: string };
  /** Superusers pass all checks (contract A-12). */
  readonly isSuperuser: boolean;
  /** What everybody else may do. */
  readonly permissions: readonly Permission[];
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
