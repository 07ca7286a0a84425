import type { ResourceStore, Row, StoreLookup } from "./resource-store.ts";

/**
 * The stores behind references for one request: objects that are asked for by id at the same time come by one query,
 * and each only once. A bulk write of a thousand objects asks for a thousand references.
 */
export function batchedStores(stores: StoreLookup): StoreLookup {
  const batched = new Map<string, ResourceStore | undefined>();
  return (path) => {
    if (!batched.has(path)) {
      const store = stores(path);
      batched.set(path, store === undefined ? undefined : batchedStore(store));
    }
    return batched.get(path);
  };
}

function batchedStore(store: ResourceStore): ResourceStore {
  const known = new Map<number, Promise<Row | null>>();
  let waiting: Promise<ReadonlyMap<number, Row>> | null = null;
  let ids: number[] = [];
  const load = (id: number): Promise<Row | null> => {
    ids.push(id);
    waiting ??= nextTurn().then(() => {
      const wanted = ids;
      waiting = null;
      ids = [];
      return findAll(store, wanted);
    });
    return waiting.then((rows) => rows.get(id) ?? null);
  };
  return {
    relation: store.relation,
    list: (query) => store.list(query),
    answers: (term) => store.answers(term),
    get: (id, restriction) => {
      if (restriction !== undefined && restriction !== null) return store.get(id, restriction);
      const found = known.get(id) ?? load(id);
      known.set(id, found);
      return found;
    },
  };
}

/** Everything that can be asked for without waiting has been asked for by then. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function findAll(store: ResourceStore, ids: readonly number[]): Promise<ReadonlyMap<number, Row>> {
  const [first, ...others] = ids;
  if (first === undefined) return new Map();
  if (others.length === 0) {
    const row = await store.get(first);
    return new Map(row === null ? [] : [[row.id, row]]);
  }
  const { rows } = await store.list({
    where: [{ test: "in", field: "id", values: ids, orNull: false, negated: false }],
    search: null,
    order: [],
    page: { by: "cursor", start: 0, limit: null },
  });
  return new Map(rows.map((row) => [row.id, row]));
}
