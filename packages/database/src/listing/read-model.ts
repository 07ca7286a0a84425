/** PostgreSQL types that a request's value is cast to. Integers compare as bigint, so that no value overflows. */
export type ReadType =
  "integer" | "double precision" | "numeric" | "boolean" | "text" | "timestamptz" | "uuid" | "jsonb";

export interface ReadField {
  /** An expression over the model's table and `joins`. Never built from a request. */
  readonly sql: string;
  readonly type: ReadType;
  /** Names of the joins that `sql` needs. */
  readonly joins?: readonly string[];
  /** For a reference: the row behind it, read as one object or null, and what it sorts by. */
  readonly refersTo?: ReadReference;
  /** True: `sql` is a subquery with any number of values; the field can be filtered, not read or sorted. */
  readonly many?: boolean;
  /**
   * For a field with many values whose `sql` is about all rows at once: columns `owner` and `value`. This is the
   * expression of a row that `owner` is compared with. One look at the values instead of one per row: at 100,000 rows
   * a filter takes a tenth of the time.
   */
  readonly owner?: string;
  /** False: only for filters and orders. */
  readonly read?: boolean;
}

export interface ReadReference {
  readonly joins: readonly string[];
  /** Property of the object to expression; `id` tells whether there is an object at all. */
  readonly columns: Readonly<Record<string, string>> & { readonly id: string };
  readonly orderBy: readonly string[];
}

interface ReadJoin {
  readonly sql: string;
  /** Joins that this one builds on. */
  readonly after?: readonly string[];
}

/**
 * How one resource is read: the only place from which table and column names reach a statement.
 * Field names are those of the rows that come out, and of the list queries that go in.
 */
export interface ReadModel {
  /** Table and alias, such as `replication r`. */
  readonly table: string;
  /** The id's expression, such as `r.id`. */
  readonly id: string;
  readonly joins: Readonly<Record<string, ReadJoin>>;
  readonly fields: Readonly<Record<string, ReadField>>;
  /** Predicates on `$q`, the pattern of a search text; any of them finds a row. */
  readonly search: readonly string[];
  readonly defaultOrder: readonly { readonly field: string; readonly descending?: boolean }[];
  /**
   * The few rows that the default order goes through first, by the reference that it begins with. With it, a page near
   * the beginning takes some rows of each instead of joining and sorting all: 1 ms instead of 60 at 100,000 rows.
   */
  readonly walk?: {
    /** Table and alias, such as `endpoint g`. */
    readonly table: string;
    readonly id: string;
    readonly orderBy: readonly string[];
  };
}
