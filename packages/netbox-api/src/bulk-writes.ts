import { z } from "zod";
import { ApiError, type FieldErrors } from "./api-error.ts";
import type { Exchange, Reply } from "./exchange.ts";
import { parseWrite } from "./parse-write.ts";
import { checkPreconditions } from "./preconditions.ts";
import { pythonType, requireObject } from "./read-body.ts";
import { toWireAll } from "./resource.ts";
import type { Row, Values, Write } from "./resource-store.ts";
import { selectFields } from "./select-fields.ts";
import { batchRefusal } from "./store-error.ts";
import { integer } from "./value-fields.ts";
import { viewableStores } from "./viewable-stores.ts";
import { batchedStores } from "./batched-stores.ts";
import { changelogMessage, changeOf, isStorableId, settleWrite, type WriteRoutes } from "./write-parts.ts";

/**
 * POST of a list: every object is checked before any is stored; the errors of a refused list stand in the places of its
 * items (contract W-8).
 */
export async function createMany(
  routes: WriteRoutes,
  exchange: Exchange,
  items: readonly unknown[],
): Promise<Reply> {
  const { resource, store } = routes;
  const selected = selectFields(resource, exchange.query);
  const parsed = await parseAll(routes, exchange, { items, needsAll: true });
  const checked = parsed.map((item) =>
    "errors" in item ? item : attempt(() => settled(routes, item, null)),
  );
  const writes = checked.flatMap((item) => ("errors" in item ? [] : [item]));
  if (writes.length < items.length) {
    throw new ApiError(
      400,
      checked.map((item) => ("errors" in item ? item.errors : {})),
    );
  }
  try {
    const rows = await store.createMany(writes, changeOf(routes, exchange, ""));
    return {
      status: 201,
      body: await toWireAll(selected, rows, { links: exchange.links, stores: routes.stores }),
    };
  } catch (error) {
    throw batchRefusal(error, resource, items.length) ?? error;
  }
}

/**
 * PATCH and PUT of a list: ids that mean no object are skipped, the last item of an id counts, and the first object in
 * default order that cannot become what it should ends it with its errors alone (contract W-9 to W-12).
 */
export async function updateMany(routes: WriteRoutes, exchange: Exchange): Promise<Reply> {
  const { resource, store } = routes;
  const entries = readItems(await exchange.readBody());
  const byId = new Map(entries.map(({ id, item }) => [id, item]));
  const ids = [...byId.keys()].filter(isStorableId);
  const items = ids.map((id) => byId.get(id));
  const parsed = await parseAll(routes, exchange, { items, needsAll: exchange.method === "PUT" });
  const edits = new Map(ids.map((id, index) => [id, parsed[index]]));
  const decide = (locked: readonly Row[]): Write[] => {
    checkPreconditions(locked, exchange.ifMatch);
    return locked.map((row) => {
      const edit = edits.get(row.id);
      if (edit === undefined) throw new Error(`The store locked row ${row.id}, which nobody asked for`);
      if ("errors" in edit) throw new ApiError(400, edit.errors);
      return settled(routes, edit, row);
    });
  };
  const rows = await store.updateMany(ids, decide, changeOf(routes, exchange, ""));
  const selected = selectFields(resource, exchange.query);
  return {
    status: 200,
    body: await toWireAll(selected, rows, { links: exchange.links, stores: routes.stores }),
  };
}

/** DELETE of a list: ids that mean no object are skipped (contract W-15). */
export async function deleteMany(routes: WriteRoutes, exchange: Exchange): Promise<Reply> {
  const entries = readItems(await exchange.readBody());
  const errors = entries.map(({ item }) => attempt(() => changelogMessage(item)));
  if (errors.some((result) => typeof result === "object")) {
    throw new ApiError(
      400,
      errors.map((result) => (typeof result === "object" ? result.errors : {})),
    );
  }
  const byId = new Map(entries.map(({ id, item }) => [id, changelogMessage(item)]));
  const decide = (locked: readonly Row[]): string[] => {
    checkPreconditions(locked, exchange.ifMatch);
    return locked.map(({ id }) => byId.get(id) ?? "");
  };
  await routes.store.deleteMany(
    [...byId.keys()].filter(isStorableId),
    decide,
    changeOf(routes, exchange, ""),
  );
  return { status: 204 };
}

interface Refused {
  readonly errors: unknown;
}
interface Parsed {
  readonly written: Values;
  readonly message: string;
}

/** All items at the same time, so that the references of all of them come by few queries. */
function parseAll(
  routes: WriteRoutes,
  exchange: Exchange,
  { items, needsAll }: { items: readonly unknown[]; needsAll: boolean },
): Promise<(Parsed | Refused)[]> {
  const stores = viewableStores(batchedStores(routes.stores), routes.resources, exchange);
  const selected = selectFields(routes.resource, exchange.query);
  return Promise.all(
    items.map(async (item): Promise<Parsed | Refused> => {
      try {
        const body = requireObject(item);
        const message = changelogMessage(body);
        return {
          written: await parseWrite(routes.resource.fields, { body, selected, needsAll, stores }),
          message,
        };
      } catch (error) {
        return refusalOf(error);
      }
    }),
  );
}

function settled({ resource }: WriteRoutes, { written, message }: Parsed, current: Row | null): Write {
  return { values: settleWrite(resource, written, current), message };
}

function attempt<T>(work: () => T): T | Refused {
  try {
    return work();
  } catch (error) {
    return refusalOf(error);
  }
}

/** Throws what is no refusal of the input. */
function refusalOf(error: unknown): Refused {
  if (error instanceof ApiError && error.status === 400) return { errors: error.body };
  throw error;
}

interface Item {
  readonly id: number;
  readonly item: Readonly<Record<string, unknown>>;
}

/** The items of a bulk change by id. Throws ApiError 400, in the forms of contract W-9 and W-15. */
function readItems(body: unknown): Item[] {
  if (!Array.isArray(body)) {
    const text = `Expected a list of items but got type "${pythonType(body)}".`;
    throw new ApiError(400, { non_field_errors: [text] });
  }
  const read = z
    .array(z.unknown())
    .parse(body)
    .map((item) => attempt(() => readItem(item)));
  const items = read.flatMap((item) => ("errors" in item ? [] : [item]));
  if (items.length === read.length) return items;
  throw new ApiError(
    400,
    read.map((item): unknown => ("errors" in item ? item.errors : {})),
  );
}

const idRule = integer({ write: "required", minimum: -Infinity, maximum: Infinity }).write;

function readItem(input: unknown): Item {
  const item = requireObject(input);
  const refuse = (message: string): ApiError => {
    const errors: FieldErrors = { id: [message] };
    return new ApiError(400, errors);
  };
  if (!Object.hasOwn(item, "id")) throw refuse("This field is required.");
  if (item["id"] === null) throw refuse("This field may not be null.");
  const parsed = z.number().safeParse(idRule?.schema.safeParse(item["id"]).data);
  if (!parsed.success) throw refuse("A valid integer is required.");
  return { id: parsed.data, item };
}
