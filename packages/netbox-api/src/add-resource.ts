import { ApiError, invalidInput, noSuchObject, notFound } from "./api-error.ts";
import type { Caller } from "./caller.ts";
import type { Api, Route } from "./create-route.ts";
import type { Exchange, Reply } from "./exchange.ts";
import { instantToEtag } from "./instants.ts";
import { actionOf, may } from "./permissions.ts";
import { pageLinks } from "./pagination.ts";
import { parseListRequest } from "./parse-list-request.ts";
import { parseWrite } from "./parse-write.ts";
import { requireObject } from "./read-body.ts";
import { type Resource, settle, toLog, toWire } from "./resource.ts";
import type { Change, ResourceStore, Row, StoreLookup, Values, WritableStore } from "./resource-store.ts";
import { selectFields, selectReadFields } from "./select-fields.ts";
import { translateStoreError } from "./store-error.ts";
import { type ResourceLookup, viewableStores } from "./viewable-stores.ts";

export interface ResourceRoutes {
  readonly resource: Resource;
  readonly store: ResourceStore | WritableStore;
  readonly stores: StoreLookup;
  readonly resources: ResourceLookup;
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
    handlers: { GET: translating(routes, list), ...writeHandlers(routes, "list") },
  });
  api.add({
    path: `${resource.path}/:id/`,
    name: `${title} Instance`,
    admits,
    handlers: { GET: translating(routes, detail), ...writeHandlers(routes, "detail") },
  });
}

type ResourceHandler<Routes> = (routes: Routes, exchange: Exchange) => Promise<Reply>;
type Writable = ResourceRoutes & { readonly store: WritableStore };

function writeHandlers(routes: ResourceRoutes, level: "list" | "detail"): Route["handlers"] {
  const { store, resource } = routes;
  if (resource.methods.length === 0) return {};
  if (!("create" in store))
    throw new Error(`${resource.model} has write methods and a store that cannot write`);
  const own = { ...routes, store };
  const all =
    level === "list"
      ? { POST: translating(own, create) }
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
      return await handler(routes, exchange);
    } catch (error) {
      throw translateStoreError(error, routes.resource, exchange.query);
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
      results: rows.map((row) => toWire(fields, { row, links })),
    },
  };
}

async function detail({ resource, store }: ResourceRoutes, exchange: Exchange): Promise<Reply> {
  const { params, query, links } = exchange;
  const id = parseId(params["id"]);
  const row = isStorableId(id) ? await store.get(id, exchange.restrict(resource, store)) : null;
  if (row === null) throw noSuchObject(resource.model);
  return {
    status: 200,
    body: toWire(selectReadFields(resource, query), { row, links }),
    headers: etagOf(row),
  };
}

async function create(routes: Writable, exchange: Exchange): Promise<Reply> {
  const { resource, store } = routes;
  const stores = viewableStores(routes.stores, routes.resources, exchange);
  const body = requireObject(await exchange.readBody());
  const selected = selectFields(resource, exchange.query);
  const written = await parseWrite(resource.fields, { body, selected, needsAll: true, stores });
  const values = settle(resource, written, null);
  checkTogether(resource, values);
  const row = await store.create(values, changeOf(routes, exchange, body));
  const location = exchange.links.api(`${resource.path}/${row.id}/`);
  return {
    status: 201,
    body: toWire(selected, { row, links: exchange.links }),
    headers: { ...etagOf(row), Location: location },
  };
}

async function update(routes: Writable, exchange: Exchange): Promise<Reply> {
  const { resource, store } = routes;
  const stores = viewableStores(routes.stores, routes.resources, exchange);
  const id = parseId(exchange.params["id"]);
  const current = isStorableId(id) ? await store.get(id, exchange.restrict(resource, store)) : null;
  if (current === null) throw noSuchObject(resource.model);
  // Before the body is parsed, and once more when the row is locked (contract W-17).
  checkPrecondition(current, exchange.ifMatch);
  const body = requireObject(await exchange.readBody());
  const selected = selectFields(resource, exchange.query);
  const needsAll = exchange.method === "PUT";
  const written = await parseWrite(resource.fields, { body, selected, needsAll, stores });
  const decide = (locked: Row): Values => {
    checkPrecondition(locked, exchange.ifMatch);
    const values = settle(resource, written, locked);
    checkTogether(resource, { ...storedValues(resource, locked), ...values });
    return values;
  };
  const row = await store.update(id, decide, changeOf(routes, exchange, body));
  if (row === null) throw noSuchObject(resource.model);
  return { status: 200, body: toWire(selected, { row, links: exchange.links }), headers: etagOf(row) };
}

async function remove(routes: Writable, exchange: Exchange): Promise<Reply> {
  const { resource, store } = routes;
  const id = parseId(exchange.params["id"]);
  const current = isStorableId(id) ? await store.get(id, exchange.restrict(resource, store)) : null;
  if (current === null) throw noSuchObject(resource.model);
  checkPrecondition(current, exchange.ifMatch);
  const body = requireObject(await exchange.readBody());
  const check = (locked: Row): void => checkPrecondition(locked, exchange.ifMatch);
  const isGone = await store.delete(id, check, changeOf(routes, exchange, body));
  if (!isGone) throw noSuchObject(resource.model);
  return { status: 204 };
}

function checkTogether(resource: Resource, values: Values): void {
  const errors = resource.check(values);
  if (errors !== null) throw invalidInput(errors);
}

/** What is stored now, by the names that written values have: references are ids. */
function storedValues(resource: Resource, row: Row): Values {
  return Object.fromEntries(
    resource.fields
      .filter(({ write, toWire: read }) => write !== undefined && read !== null)
      .map(({ source, toLog: log }) => [source, log === undefined ? row[source] : log(row[source])]),
  );
}

function changeOf(
  { resource, store }: ResourceRoutes,
  exchange: Exchange,
  body: Readonly<Record<string, unknown>>,
): Change {
  return {
    user: exchange.caller.user,
    requestId: exchange.requestId,
    message: changelogMessage(body["changelog_message"]),
    objectType: resource.objectType,
    restriction: exchange.restrict(resource, store),
    may: (action) => may(exchange.caller, resource, action),
    describe: (row) => ({ display: resource.display(row), data: toLog(resource, row) }),
  };
}

function changelogMessage(message: unknown): string {
  if (message === undefined || message === null) return "";
  if (typeof message !== "string") throw invalidInput({ changelog_message: ["Not a valid string."] });
  if (message.length > 200) {
    throw invalidInput({ changelog_message: ["Ensure this field has no more than 200 characters."] });
  }
  if (message.includes("\0")) throw invalidInput({ changelog_message: ["Null characters are not allowed."] });
  return message;
}

function etagOf(row: Row): { readonly ETag?: string } {
  const written = row["lastUpdated"] ?? row["created"];
  return typeof written === "string" ? { ETag: instantToEtag(written) } : {};
}

/** Exact strings, the weak mark included; `*` is any (contract W-17). */
function checkPrecondition(row: Row, ifMatch: string | undefined): void {
  if (ifMatch === undefined) return;
  const headers = etagOf(row);
  const accepted = ifMatch.split(",").map((tag) => tag.trim());
  if (accepted.includes("*") || accepted.includes(headers.ETag ?? "")) return;
  throw new ApiError(412, { detail: "Precondition failed." }, headers);
}

/** Throws ApiError 404 for what is no whole number (contract section 6.5). */
function parseId(text: string | undefined): number {
  if (text === undefined || !/^-?\d+$/.test(text)) throw notFound();
  return Number(text);
}

/** Ids beyond the column's type belong to nothing; PostgreSQL would call them an error. */
function isStorableId(id: number): boolean {
  return id > 0 && id <= 2_147_483_647;
}
