import type { ListQuery, Term } from "@proxbox/domain";
import type { Change, Row, Values, WritableStore } from "../src/index.ts";

interface LoggedChange {
  readonly display: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly message: string;
  readonly user: string;
}

export interface MemoryStore extends WritableStore {
  readonly rows: Map<number, Row>;
  readonly log: LoggedChange[];
  /** The queries that were asked, latest last. */
  readonly queries: ListQuery[];
}

/** A store that keeps rows in memory: references are stored as objects, the clock is a counter. */
export function createMemoryStore(
  initial: readonly Row[],
  {
    defaults = {},
    references = {},
  }: { defaults?: Values; references?: Readonly<Record<string, MemoryStore>> } = {},
): MemoryStore {
  const rows = new Map(initial.map((row) => [row.id, row]));
  const log: LoggedChange[] = [];
  const queries: ListQuery[] = [];
  let ticks = 0;
  const now = (): string => `2026-01-01 00:00:00.${String(++ticks).padStart(6, "0")}+00`;
  const resolve = (values: Values): Values =>
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => {
        const store = references[name];
        return [name, store !== undefined && typeof value === "number" ? store.rows.get(value) : value];
      }),
    );
  const record = (change: Change, before: Row | null, after: Row | null): void => {
    const side = (row: Row | null) => (row === null ? null : change.describe(row).data);
    const shown = after ?? before;
    log.push({
      display: shown === null ? "" : change.describe(shown).display,
      before: side(before),
      after: side(after),
      message: change.message,
      user: change.user.username,
    });
  };
  const store: MemoryStore = {
    relation: "thing",
    rows,
    log,
    queries,
    list: (query) => {
      queries.push(query);
      const known = new Set([...rows.values()].flatMap((row) => Object.keys(row)));
      const unknown = query.where.find(({ field }) => rows.size > 0 && !known.has(field));
      if (unknown !== undefined) {
        return Promise.reject(Object.assign(new Error(unknown.field), { code: "unknown-field" }));
      }
      const found = [...rows.values()].filter((row) => query.where.every((term) => holds(row, term)));
      const sorted = found.toSorted((a, b) => compareBy(query, a, b));
      const { page } = query;
      const start = page.by === "offset" ? page.offset : sorted.findIndex(({ id }) => id >= page.start);
      const cut = start === -1 ? [] : sorted.slice(start, start + (page.limit ?? Infinity));
      return Promise.resolve({ rows: cut, count: page.by === "offset" ? found.length : null });
    },
    answers: () => true,
    get: (id) => Promise.resolve(rows.get(id) ?? null),
    create: (values, change) => {
      const id = Math.max(0, ...rows.keys()) + 1;
      if ([...rows.values()].some(({ name }) => name === values["name"])) {
        return Promise.reject(
          Object.assign(new Error("taken"), { code: "unique-violation", constraint: "one_name" }),
        );
      }
      const created = now();
      const row = { ...defaults, id, created, lastUpdated: created, ...resolve(values) };
      rows.set(id, row);
      record(change, null, row);
      return Promise.resolve(row);
    },
    update: (id, decide, change) => {
      const before = rows.get(id);
      if (before === undefined) return Promise.resolve(null);
      const after = { ...before, ...resolve(decide(before)), lastUpdated: now() };
      rows.set(id, after);
      record(change, before, after);
      return Promise.resolve(after);
    },
    delete: (id, check, change) => {
      const before = rows.get(id);
      if (before === undefined) return Promise.resolve(false);
      check(before);
      rows.delete(id);
      record(change, before, null);
      return Promise.resolve(true);
    },
    createMany: async (writes, change) => {
      const created: Row[] = [];
      for (const { values, message } of writes)
        created.push(await store.create(values, { ...change, message }));
      return created;
    },
    updateMany: async (ids, decide, change) => {
      const found = ids.flatMap((id) => rows.get(id) ?? []);
      const writes = decide(found);
      const updated: (Row | null)[] = [];
      for (const [index, { id }] of found.entries()) {
        const { values = {}, message = "" } = writes[index] ?? {};
        updated.push(await store.update(id, () => values, { ...change, message }));
      }
      return updated.filter((row) => row !== null);
    },
    deleteMany: async (ids, decide, change) => {
      const found = ids.flatMap((id) => rows.get(id) ?? []);
      const messages = decide(found);
      for (const [index, { id }] of found.entries()) {
        await store.delete(id, () => undefined, { ...change, message: messages[index] ?? "" });
      }
    },
  };
  return store;
}

function holds(row: Row, term: Term): boolean {
  const value = row[term.field];
  if (term.test !== "in") return true;
  const isFound = term.values.some((wanted) => wanted === value) || (term.orNull && value === null);
  return isFound !== term.negated;
}

function compareBy(query: ListQuery, a: Row, b: Row): number {
  const [order] = query.order;
  if (order === undefined) return a.id - b.id;
  const [left, right] = [String(a[order.field]), String(b[order.field])];
  return (left < right ? -1 : 1) * (order.descending ? -1 : 1);
}
