/** The query parameters of a request, read as Django reads them: repeated names keep all values, blanks count. */
export class RequestQuery {
  readonly #values = new Map<string, string[]>();

  constructor(search: string) {
    for (const [name, value] of new URLSearchParams(search)) {
      const values = this.#values.get(name);
      if (values === undefined) this.#values.set(name, [value]);
      else values.push(value);
    }
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /** The last value wins wherever only one is wanted. */
  last(name: string): string | undefined {
    return this.#values.get(name)?.at(-1);
  }

  entries(): Iterable<[string, readonly string[]]> {
    return this.#values.entries();
  }

  /** The same parameters sorted by name, some replaced, or removed where the replacement is null (contract section 3.3). */
  encodeWith(replacements: Readonly<Record<string, string | number | null>>): string {
    const merged = new Map<string, readonly string[]>(this.#values);
    for (const [name, value] of Object.entries(replacements)) {
      if (value === null) merged.delete(name);
      else merged.set(name, [String(value)]);
    }
    return [...merged.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([name, values]) => values.map((value) => `${quotePlus(name)}=${quotePlus(value)}`))
      .join("&");
  }
}

/** Percent-encoding of HTML forms, as Python's `quote_plus` does it. */
function quotePlus(text: string): string {
  return encodeURIComponent(text)
    .replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");
}
