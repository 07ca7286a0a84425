import type { Exchange } from "./exchange.ts";
import type { Resource } from "./resource.ts";
import type { StoreLookup } from "./resource-store.ts";

/** Finds the declaration of a resource by its path; undefined: there is none. */
export type ResourceLookup = (path: string) => Resource | undefined;

/**
 * The stores behind references as a caller sees them: an object named by attributes is looked for among those that the
 * caller may view, one named by its id among all (contract A-10).
 */
export function viewableStores(
  stores: StoreLookup,
  resources: ResourceLookup,
  exchange: Exchange,
): StoreLookup {
  if (exchange.caller.isSuperuser) return stores;
  return (path) => {
    const store = stores(path);
    if (store === undefined) return undefined;
    const resource = resources(path);
    // Nobody has leave to view what is no resource.
    const restriction = resource === undefined ? [] : exchange.restrict(resource, store, "view");
    return {
      relation: store.relation,
      list: (query) => store.list({ ...query, restriction }),
      get: (id, own) => store.get(id, own),
      answers: (term) => store.answers(term),
    };
  };
}
