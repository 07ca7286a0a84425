import type { ListPage, ListQuery, Restriction, Term } from "@proxbox/domain";

/** A stored object: plain values by name, references as objects with an id, instants as PostgreSQL's text in UTC. */
export type Row = Readonly<Record<string, unknown>> & { readonly id: number };

/** Values to store, by the names that rows have. Names that are absent keep their value, or get their default. */
export type Values = Readonly<Record<string, unknown>>;

/** Who changes what, for the change log that a store writes in the transaction of the change. */
export interface Change {
  readonly user: { readonly id: number; readonly username: string };
  /** The request's id, a UUID. */
  readonly requestId: string;
  readonly message: string;
  /** Such as `netbox_proxbox.proxmoxendpoint`. */
  readonly objectType: string;
  /** The objects that the user may write, as they were and as they become; null: all of them. */
  readonly restriction: Restriction | null;
  /** Whether the user may do something else to objects of this type. */
  may(action: string): boolean;
  /** The object as the change log keeps it: without secrets. */
  describe(row: Row): { readonly display: string; readonly data: Readonly<Record<string, unknown>> };
}

/**
 * What the kit needs of a database. A store throws errors with a `code`: `invalid-pattern` for a regular expression that
 * is none, `invalid-value` and `unknown-field` for a condition that cannot be asked, `unique-violation` with the
 * `constraint` for a value that is taken, `not-permitted` for an object beyond the restriction of its change, and
 * `protected-row` with the `dependents`, each a `relation` and an `id`, for objects that must stay because of others.
 */
export interface ResourceStore {
  /** What the errors of other stores call the objects of this one. */
  readonly relation: string;
  list(query: ListQuery): Promise<ListPage<Row>>;
  /** Null: there is no such object, or `restriction` leaves it out. */
  get(id: number, restriction?: Restriction | null): Promise<Row | null>;
  /** Whether a condition can be asked without an error: its field is known, and its values are of the field's type. */
  answers(term: Term): boolean;
}

/** One object's part in a write of many. */
export interface Write {
  readonly values: Values;
  /** For the change log; the message of the whole change does not count. */
  readonly message: string;
}

/** A store that can be written. One call is one transaction: all of it, or nothing. */
export interface WritableStore extends ResourceStore {
  create(values: Values, change: Change): Promise<Row>;
  /** `decide` sees the locked row and answers what to store, or throws. Null: no such object. */
  update(id: number, decide: (current: Row) => Values, change: Change): Promise<Row | null>;
  /** `check` sees the locked row, and throws where it must not go. False: no such object. */
  delete(id: number, check: (current: Row) => void, change: Change): Promise<boolean>;
  /**
   * The new objects in the order of `writes`. Where some of several are refused, the error has the code `batch-refused`
   * and as `violations` the `index` and `constraint` of each.
   */
  createMany(writes: readonly Write[], change: Change): Promise<readonly Row[]>;
  /**
   * `decide` sees the locked rows in their default order and answers what to store of each, or throws. Ids that mean no
   * object are left out.
   */
  updateMany(
    ids: readonly number[],
    decide: (current: readonly Row[]) => readonly Write[],
    change: Change,
  ): Promise<readonly Row[]>;
  /** As `updateMany`; `decide` answers the messages for the change log, or throws. */
  deleteMany(
    ids: readonly number[],
    decide: (current: readonly Row[]) => readonly string[],
    change: Change,
  ): Promise<void>;
}

/** Finds the store behind a reference by the path of its resource; undefined: nothing of that sort exists. */
export type StoreLookup = (path: string) => ResourceStore | undefined;
