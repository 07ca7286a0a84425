import { once } from "node:events";
import {
  addResource,
  boolean,
  choice,
  createApiApp,
  customFields,
  decimal,
  defineResource,
  float,
  instant,
  integer,
  json,
  multipleReferenceFilter,
  permissionDenied,
  reference,
  secret,
  tags,
  text,
} from "../src/index.ts";
import { createMemoryStore, type MemoryStore } from "./memory-store.ts";

const box = {
  path: "test/boxes",
  display: (row: Readonly<Record<string, unknown>>) => String(row["name"]),
  fields: { name: text() },
};

/** A resource with a field of every kind; nothing in the kit knows it. */
const things = defineResource({
  path: "test/things",
  model: "Thing",
  objectType: "test.thing",
  display: (row) => `${String(row["name"])}!`,
  fields: {
    name: text({ write: "required", maxLength: 10 }),
    note: text({ write: "optional", nullable: true, blank: true }),
    box: reference(box, { write: "optional", nullable: true }),
    size: integer({ write: "optional", minimum: 0 }),
    ratio: float({ write: "optional", nullable: true }),
    price: decimal({ write: "optional", digits: 5, places: 2, minimum: 0.01 }),
    fragile: boolean({ write: "optional" }),
    colour: choice({ red: "Red", blue: "Blue" }, { write: "optional", nullable: true }),
    extra: json({ write: "optional" }),
    secret: secret({ write: "optional" }),
    tags: tags(),
    custom_fields: customFields(),
    created: instant(),
    last_updated: instant(),
  },
  brief: ["id", "url", "display", "name"],
  filters: ["name", "size", "box", "fragile", "colour", "price"],
  moreFilters: { in_box: { field: "box", filter: multipleReferenceFilter({ path: box.path, by: "name" }) } },
  methods: ["POST", "PUT", "PATCH", "DELETE"],
  check: ({ size, fragile }) => (size === 13 && fragile === true ? { size: ["Bad luck."] } : null),
  unique: { one_name: "Thing with this Name already exists." },
});

export interface Kit {
  readonly origin: string;
  readonly store: MemoryStore;
  readonly boxes: MemoryStore;
  readonly errors: unknown[];
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<KitAnswer>;
  close(): Promise<void>;
}

interface KitAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Headers;
}

/** The kit over HTTP, with stores in memory. The user's name is the Authorization header. */
export async function startKit(): Promise<Kit> {
  const boxes = createMemoryStore([
    { id: 1, name: "big" },
    { id: 2, name: "small" },
    { id: 3, name: "small" },
  ]);
  const store = createMemoryStore([], {
    defaults: {
      note: null,
      box: null,
      size: 0,
      ratio: null,
      price: "0.01",
      fragile: false,
      colour: null,
      extra: {},
    },
    references: { box: boxes },
  });
  const errors: unknown[] = [];
  const api = createApiApp({
    authenticate: ({ authorization }) => {
      if (authorization === undefined) return Promise.resolve(null);
      if (authorization === "wrong") return Promise.reject(permissionDenied());
      const writeEnabled = authorization !== "reader";
      return Promise.resolve({
        user: { id: 1, username: authorization },
        isSuperuser: authorization !== "guest",
        permissions: [],
        writeEnabled,
      });
    },
    onUnusable: (condition) => errors.push(condition),
    onError: (error) => errors.push(error),
  });
  addResource(api, {
    resource: things,
    store,
    stores: (path) => (path === box.path ? boxes : undefined),
    resources: () => undefined,
    dependents: () => undefined,
  });
  api.add({
    path: "test/broken/",
    name: "Broken",
    handlers: {
      GET: () => {
        throw new Error("a secret detail");
      },
    },
  });
  api.finish();
  const server = api.app.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port");
  const origin = `http://127.0.0.1:${address.port}`;
  return {
    origin,
    store,
    boxes,
    errors,
    call: (method, path, body, headers) => call(`${origin}${path}`, { method, body, headers: headers ?? {} }),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function call(
  url: string,
  { method, body, headers }: { method: string; body: unknown; headers: Record<string, string> },
): Promise<KitAnswer> {
  const response = await fetch(url, {
    method,
    headers: { authorization: "writer", "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const parsed: unknown = text === "" ? null : JSON.parse(text);
  return { status: response.status, body: parsed, headers: response.headers };
}
