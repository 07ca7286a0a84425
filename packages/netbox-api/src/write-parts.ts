import { invalidInput } from "./api-error.ts";
import type { Exchange } from "./exchange.ts";
import { may } from "./permissions.ts";
import { requireObject } from "./read-body.ts";
import { type Resource, settle, toLog } from "./resource.ts";
import type { Change, ResourceStore, Row, StoreLookup, Values, WritableStore } from "./resource-store.ts";
import type { ResourceLookup } from "./viewable-stores.ts";

/** What the writes of one resource work with. */
export interface WriteRoutes {
  readonly resource: Resource;
  readonly store: WritableStore;
  readonly stores: StoreLookup;
  readonly resources: ResourceLookup;
}

/** The values of one object's request. References cannot be named in a form, so that they count as not sent (contract W-6). */
export function bodyOf(
  resource: Resource,
  exchange: Exchange,
  sent: unknown,
): Readonly<Record<string, unknown>> {
  const body = requireObject(sent);
  if (!exchange.isForm) return body;
  const references = new Set(
    resource.fields.filter(({ write }) => write?.resolve !== undefined).map(({ name }) => name),
  );
  return Object.fromEntries(Object.entries(body).filter(([name]) => !references.has(name)));
}

/**
 * What to store of written values: each field settles its part, then the rules over several fields must hold for what
 * the object becomes. `current` is null on creation. Throws ApiError 400.
 */
export function settleWrite(resource: Resource, written: Values, current: Row | null): Values {
  const values = settle(resource, written, current);
  const errors = resource.check(
    current === null ? values : { ...storedValues(resource, current), ...values },
  );
  if (errors !== null) throw invalidInput(errors);
  return values;
}

/** What is stored now, by the names that written values have: references are ids. */
function storedValues(resource: Resource, row: Row): Values {
  return Object.fromEntries(
    resource.fields
      .filter(({ write, toWire: read }) => write !== undefined && read !== null)
      .map(({ source, toLog: log }) => [source, log === undefined ? row[source] : log(row[source])]),
  );
}

/** Who changes objects of a resource, for the store. */
export function changeOf(
  { resource, store }: { resource: Resource; store: ResourceStore },
  exchange: Exchange,
  message: string,
): Change {
  return {
    user: exchange.caller.user,
    requestId: exchange.requestId,
    message,
    objectType: resource.objectType,
    restriction: exchange.restrict(resource, store),
    may: (action) => may(exchange.caller, resource, action),
    describe: (row) => ({ display: resource.display(row), data: toLog(resource, row) }),
  };
}

/** The message for the change log that a body may carry (contract section 6.8). Throws ApiError 400. */
export function changelogMessage(body: Readonly<Record<string, unknown>>): string {
  const message = body["changelog_message"];
  if (message === undefined || message === null) return "";
  if (typeof message !== "string") throw invalidInput({ changelog_message: ["Not a valid string."] });
  if (message.length > 200) {
    throw invalidInput({ changelog_message: ["Ensure this field has no more than 200 characters."] });
  }
  if (message.includes("\0")) throw invalidInput({ changelog_message: ["Null characters are not allowed."] });
  return message;
}

/** Ids beyond the column's type belong to nothing; PostgreSQL would call them an error. */
export function isStorableId(id: number): boolean {
  return id > 0 && id <= 2_147_483_647;
}
