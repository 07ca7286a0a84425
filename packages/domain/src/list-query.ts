/** A value to compare with. Instants are ISO 8601 text: a JavaScript Date would cut microseconds. */
export type Comparable = string | number | boolean;

/** A value inside of a JSON field, under a key, read as a type: values of other types are none. */
export interface JsonMember {
  readonly key: string;
  readonly type: "text" | "numeric" | "boolean" | "timestamptz";
  /** True: the value is an array, and the condition is about its elements, read as text. */
  readonly many?: boolean;
}

/**
 * One condition on one field of a resource, or on a value inside of it. `negated` turns the condition around and keeps
 * rows without a value, unless the condition was about having no value.
 */
export type Term = Condition & { readonly inside?: JsonMember };

type Condition =
  | {
      /** Equals one of `values`, or has no value where `orNull`. */
      readonly test: "in";
      readonly field: string;
      readonly values: readonly Comparable[];
      readonly orNull: boolean;
      readonly negated: boolean;
    }
  | {
      /** Any of `values` satisfies the comparison. */
      readonly test: "lt" | "lte" | "gt" | "gte";
      readonly field: string;
      readonly values: readonly Comparable[];
    }
  | {
      /** Text, ignoring case except for `regex`; every character of a value but a regular expression's is literal. */
      readonly test: "contains" | "starts" | "ends" | "same" | "regex" | "iregex";
      readonly field: string;
      readonly values: readonly string[];
      readonly negated: boolean;
    }
  | {
      /** Has no value; text also when it is the empty text. */
      readonly test: "empty";
      readonly field: string;
      readonly negated: boolean;
    };

/**
 * Rows satisfy it by all terms of at least one alternative: an alternative without terms is every row, no alternative
 * is no row.
 */
export type Restriction = readonly (readonly Term[])[];

export interface Order {
  readonly field: string;
  readonly descending: boolean;
}

/** Offsets count rows, cursors name the first id; `limit` null means all rows. */
export type Page =
  | { readonly by: "offset"; readonly offset: number; readonly limit: number | null }
  | { readonly by: "cursor"; readonly start: number; readonly limit: number | null };

/** Which rows of a resource, in which order: what a request asks for, and nothing of how it is found. */
export interface ListQuery {
  /** All of them must hold. */
  readonly where: readonly Term[];
  /** What the asker may see at all; null or absent: every row. */
  readonly restriction?: Restriction | null;
  /** Text to find in any of the resource's search fields. */
  readonly search: string | null;
  /** Empty: the resource's default order. */
  readonly order: readonly Order[];
  readonly page: Page;
}

export interface ListPage<Row> {
  readonly rows: readonly Row[];
  /** Rows on all pages. Null when the page is taken by cursor: counting is what cursors avoid. */
  readonly count: number | null;
}
