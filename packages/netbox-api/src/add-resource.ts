import { noSuchObject, notFound } from "./api-error.ts";
import { createMany, deleteMany, updateMany } from "./bulk-writes.ts";
import type { Caller } from "./caller.ts";
import type { Api, Route } from "./create-route.ts";
import { describeActions } from "./describe-actions.ts";
import type { Exchange, Reply } from "./exchange.ts";
import { actionOf, may } from "./permissions.ts";
import { pageLinks } from "./pagination.ts";
import { parseListRequest } from "./parse-list-request.ts";
import { parseWrite } from "./parse-write.ts";
import { checkPrecondition, etagOf } from "./preconditions.ts";
import { requireObject } from "./read-body.ts";
import { type Resource, toWireAll } from "./resource.ts";
import type { ResourceStore, Row, StoreLookup, Values, WritableStore } from "./resource-store.ts";
import { selectFields, selectReadFields } from "./select-fields.ts";
import { type DependentLookup, protectionRefusal, translateStoreError } from "./store-error.ts";
import { type ResourceLookup, viewableStores } from "./viewable-stores.ts";
import type { CurrentResource } from "./with-custom-fields.ts";
import {
  bodyOf,
  changelogMessage,
  changeOf,
  isStorableId,
  settleWrite,
  type WriteRoutes,
} from "./write-parts.ts";

export interface ResourceRoutes {
  readonly resource: Resource;
  readonly store: ResourceStore | WritableStore;
  readonly stores: StoreLookup;
  readonly resources: ResourceLookup;
  /** What the resource is at the moment of a request; by default what it is declared to be. */
  readonly current?: CurrentResource;
  readonly dependents: DependentLookup;
}

/** Serves a resource: list and detail, and the writes that its declaration allows. */
export function addResource(api: Api, routes: ResourceRoutes): void {
  const { resource } = routes;
  const admits = (caller: Caller, method: string): boolean => may(caller, resource, actionOf(method));
  const title = resource.model.replaceAll(/(?<=[a-z])(?=[A-Z])/g, " ");
  api.add({
    path: `${resource.path}/`,
    name: `${title} List`,
    admits,
    actions: (caller) => describeActions(resource, caller, "list"),
    handlers: { GET: translating(routes, list), ...writeHandlers(routes, "list") },
  });
  api.add({
    path: `${resource.path}/:id/`,
    name: `${title} Instance`,
    admits,
    actions: (caller) => describeActions(resource, caller, "detail"),
    handlers: { GET: translating(routes, detail), ...writeHandlers(routes, "detail") },
  });
}

type ResourceHandler<Routes> = (routes: Routes, exchange: Exchange) => Promise<Reply>;

function writeHandlers(routes: ResourceRoutes, level: "list" | "detail"): Route["handlers"] {
  const { store, resource } = routes;
  if (resource.methods.length === 0) return {};
  if (!("create" in store))
    throw new Error(`${resource.model} has write methods and a store that cannot write`);
  const own = { ...routes, store };
  const all =
    level === "list"
      ? {
          POST: translating(own, create),
          PUT: translating(own, updateMany),
          PATCH: translating(own, updateMany),
          DELETE: translating(own, deleteMany),
        }
      : { PUT: translating(own, update), PATCH: translating(own, update), DELETE: translating(own, remove) };
  return Object.fromEntries(
    Object.entries(all).filter(([name]) => resource.methods.some((method) => method === name)),
  );
}

function translating<Routes extends ResourceRoutes>(
  routes: Routes,
  handler: ResourceHandler<Routes>,
): (exchange: Exchange) => Promise<Reply> {
  return async (exchange) => {
    try {
      const resource = (await routes.current?.()) ?? routes.resource;
      return await handler({ ...routes, resource }, exchange);
    } catch (error) {
      const refusal = await protectionRefusal(error, routes.dependents);
      throw refusal ?? translateStoreError(error, routes.resource, exchange.query);
    }
  };
}

async function list({ resource, store, stores }: ResourceRoutes, exchange: Exchange): Promise<Reply> {
  const { query, links, address } = exchange;
  // There are no export templates, so no name is one (contract section 9).
  if (query.has("export")) throw notFound();
  const request = await parseListRequest(resource, query, stores);
  const restriction = exchange.restrict(resource, store);
  const { rows, count } = await store.list({ ...request, restriction });
  const fields = selectReadFields(resource, query);
  const ids = rows.map(({ id }) => id);
  return {
    status: 200,
    body: {
      count,
      ...pageLinks(address, query, { page: request.page, count, ids }),
      results: await toWireAll(fields, rows, { links, stores }),
    },
  };
}

async function detail({ resource, store, stores }: ResourceRoutes, exchange: Exchange): Promise<Reply> {
  const { params, query, links } = exchange;
  const id = parseId(params["id"]);
  const row = isStorableId(id) ? await store.get(id, exchange.restrict(resource, store)) : null;
  if (row === null) throw noSuchObject(resource.model);
  const [body] = await toWireAll(selectReadFields(resource, query), [row], { links, stores });
  return { status: 200, body, headers: etagOf(row) };
}

async function create(routes: WriteRoutes, exchange: Exchange): Promise<Reply> {
  const { resource, store } = routes;
  const stores = viewableStores(routes.stores, routes.resources, exchange);
  const sent = await exchange.readBody();
  if (Array.isArray(sent)) return createMany(routes, exchange, sent);
  const body = bodyOf(resource, exchange, sent);
  const selected = selectFields(resource, exchange.query);
  const written = await parseWrite(resource.fields, { body, selected, needsAll: true, stores });
  const values = settleWrite(resource, written, null);
  const row = await store.create(values, changeOf(routes, exchange, changelogMessage(body)));
  const location = exchange.links.api(`${resource.path}/${row.id}/`);
  const [answer] = await toWireAll(selected, [row], { links: exchange.links, stores: routes.stores });
  return { status: 201, body: answer, headers: { ...etagOf(row), Location: location } };
}

async function update(routes: WriteRoutes, exchange: Exchange): Promise<Reply> {
  const { resource, store } = routes;
  const stores = viewableStores(routes.stores, routes.resources, exchange);
  const id = parseId(exchange.params["id"]);
  const current = isStorableId(id) ? await store.get(id, exchange.restrict(resource, store)) : null;
  if (current === null) throw noSuchObject(resource.model);
  // Before the body is parsed, and once more when the row is locked (contract W-17).
  checkPrecondition(current, exchange.ifMatch);
  const body = bodyOf(resource, exchange, await exchange.readBody());
  const selected = selectFields(resource, exchange.query);
  const needsAll = exchange.method === "PUT";
  const written = await parseWrite(resource.fields, { body, selected, needsAll, stores });
  const decide = (locked: Row): Values => {
    checkPrecondition(locked, exchange.ifMatch);
    return settleWrite(resource, written, locked);
  };
  const row = await store.update(id, decide, changeOf(routes, exchange, changelogMessage(body)));
  if (row === null) throw noSuchObject(resource.model);
  const [answer] = await toWireAll(selected, [row], { links: exchange.links, stores: routes.stores });
  return { status: 200, body: answer, headers: etagOf(row) };
}

async function remove(routes: WriteRoutes, exchange: Exchange): Promise<Reply> {
  const { resource, store } = routes;
  const id = parseId(exchange.params["id"]);
  const current = isStorableId(id) ? await store.get(id, exchange.restrict(resource, store)) : null;
  if (current === null) throw noSuchObject(resource.model);
  checkPrecondition(current, exchange.ifMatch);
  const body = requireObject(await exchange.readBody());
  const check = (locked: Row): void => checkPrecondition(locked, exchange.ifMatch);
  const isGone = await store.delete(id, check, changeOf(routes, exchange, changelogMessage(body)));
  if (!isGone) throw noSuchObject(resource.model);
  return { status: 204 };
}

/** Throws ApiError 404 for what is no whole number (contract section 6.5). */
function parseId(text: string | undefined): number {
  if (text === undefined || !/^-?\d+$/.test(text)) throw notFound();
  return Number(text);
}
