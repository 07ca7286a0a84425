/** Points on a line: the first, the last, and the longest gap between two neighbours, 0 when there is one point only. */
export interface Span {
  readonly first: number;
  readonly last: number;
  readonly gap: number;
}

export const POINT: Span = { first: 0, last: 0, gap: 0 };

/** All points of the span `inner`, repeated from the start of each of the ascending `values` of a unit of this size. */
export function nested(values: readonly number[], size: number, inner: Span): Span {
  let { gap } = inner;
  let previous: number | null = null;
  for (const value of values) {
    const start = value * size;
    if (previous !== null) gap = Math.max(gap, start + inner.first - previous);
    previous = start + inner.last;
  }
  return { first: (values[0] ?? 0) * size + inner.first, last: previous ?? inner.last, gap };
}
