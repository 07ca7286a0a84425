import { randomUUID } from "node:crypto";
import express, { type ErrorRequestHandler, type Express, type Request, type Response } from "express";
import { ApiError, notFound, permissionDenied, refuse } from "./api-error.ts";
import type { Authenticate, Caller } from "./caller.ts";
import type { UnusableCondition } from "./compile-constraint.ts";
import type { Exchange, Handler, Reply } from "./exchange.ts";
import { createLinks } from "./links.ts";
import { apiVersion, negotiate, plainRendering, type Rendering } from "./negotiate.ts";
import { actionOf, restrictionOf } from "./permissions.ts";
import { readBody } from "./read-body.ts";
import { renderPage } from "./render-page.ts";
import { RequestQuery } from "./request-query.ts";

export interface ApiOptions {
  readonly authenticate: Authenticate;
  /** Runs the rest of a request inside, so that its log lines carry these facts. */
  readonly withContext?: <T>(facts: Readonly<Record<string, unknown>>, run: () => T) => T;
  /** Told of every condition of a permission that lets nothing through because it cannot be asked. */
  readonly onUnusable: (condition: UnusableCondition) => void;
  /** Told of every error that is nobody's intention. */
  readonly onError: (error: unknown, facts: Readonly<Record<string, unknown>>) => void;
}

export type RouteMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface Route {
  /** Below `/api/`, with Express parameters such as `:id`. */
  readonly path: string;
  /** Shown by OPTIONS, and as the title of the browsable page. */
  readonly name: string;
  /** True: any authenticated user. */
  readonly open?: boolean;
  /** True: everybody; credentials are not even looked at. */
  readonly public?: boolean;
  /** Who else but superusers. */
  readonly admits?: (caller: Caller, method: string) => boolean;
  /** What OPTIONS tells of the fields by method; none where it is empty. */
  readonly actions?: (caller: Caller) => Readonly<Record<string, unknown>>;
  readonly handlers: Readonly<Partial<Record<RouteMethod, Handler>>>;
}

/** An Express app that answers below `/api/`, and `add` to give it routes. */
export interface Api {
  readonly app: Express;
  add(route: Route): void;
  /** Call it after the last `add`: what no route took is 404, and errors become answers. */
  finish(): void;
}

interface Locals {
  requestId: string;
  rendering: Rendering;
  query: RequestQuery;
  name: string;
}
type ApiLocals = Locals & Record<string, unknown>;
type ApiResponse = Response<unknown, ApiLocals>;

/** Starts an API without routes: strict, case-sensitive paths, and the headers that every answer has. */
export function createApiApp(options: ApiOptions): Api {
  const app = express();
  app.disable("x-powered-by");
  app.set("etag", false);
  app.set("strict routing", true);
  app.set("case sensitive routing", true);
  app.use((request, response: ApiResponse, next) => {
    begin(request, response);
    if (redirectToSlash(request, response)) return;
    next();
  });
  return {
    app,
    add: (route) => {
      app.all(`/api/${route.path}`, (request, response: ApiResponse) =>
        answer(route, options, { request, response }),
      );
    },
    finish: () => {
      app.use(() => {
        throw notFound();
      });
      app.use(errorAnswer(options));
    },
  };
}

function begin(request: Request, response: ApiResponse): void {
  const [, ...search] = request.originalUrl.split("?");
  response.locals.requestId = randomUUID();
  response.locals.rendering = plainRendering;
  response.locals.query = new RequestQuery(search.join("?"));
  response.locals.name = "Api Root";
  response.set({
    "X-Request-ID": response.locals.requestId,
    Vary: "HX-Request, Accept-Language, Cookie, origin",
    "Content-Language": "en",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "SAMEORIGIN",
  });
  if (request.path.startsWith("/api/")) response.set("API-Version", apiVersion);
}

/** Reads without the trailing slash are sent to the address with it; writes are not (contract U-3). */
function redirectToSlash({ method, path, originalUrl }: Request, response: ApiResponse): boolean {
  const isRead = method === "GET" || method === "HEAD" || method === "OPTIONS";
  if (!isRead || !/^\/api(?:\/|$)/.test(path) || path.endsWith("/")) return false;
  const [address = "", ...search] = originalUrl.split("?");
  response
    .status(301)
    .set("Location", [`${address}/`, ...search].join("?"))
    .end();
  return true;
}

async function answer(
  route: Route,
  options: ApiOptions,
  { request, response }: { request: Request; response: ApiResponse },
): Promise<void> {
  response.locals.name = route.name;
  response.set("Allow", allowed(route).join(", "));
  response.locals.rendering = negotiate(request.headers.accept, response.locals.query);
  const caller = await admit(route, options.authenticate, request);
  const exchange = exchangeOf(request, response, { caller, onUnusable: options.onUnusable });
  const respond = async (): Promise<void> => send(request, response, await dispatch(route, exchange));
  if (options.withContext === undefined) await respond();
  else await options.withContext({ requestId: exchange.requestId, user: caller.user.username }, respond);
}

const anybody: Caller = {
  user: { id: 0, username: "" },
  isSuperuser: false,
  permissions: [],
  writeEnabled: true,
};

async function admit(route: Route, authenticate: Authenticate, request: Request): Promise<Caller> {
  if (route.public === true) return anybody;
  const caller = await authenticate({ authorization: request.headers.authorization, address: request.ip });
  if (caller === null) throw refuse(403, "Authentication credentials were not provided.");
  const isRead = request.method === "GET" || request.method === "HEAD" || request.method === "OPTIONS";
  if (!isRead && !caller.writeEnabled) throw permissionDenied();
  if (!isAdmitted(route, caller, request.method)) throw permissionDenied();
  return caller;
}

function isAdmitted({ open, admits }: Route, caller: Caller, method: string): boolean {
  if (open === true || method === "OPTIONS" || caller.isSuperuser) return true;
  return admits?.(caller, method) ?? false;
}

function dispatch(route: Route, exchange: Exchange): Promise<Reply> | Reply {
  const method = exchange.method === "HEAD" ? "GET" : exchange.method;
  if (method === "OPTIONS") return { status: 200, body: describeRoute(route, exchange.caller) };
  const handler = Object.entries(route.handlers).find(([candidate]) => candidate === method)?.[1];
  if (handler === undefined) throw refuse(405, `Method "${exchange.method}" not allowed.`);
  return handler(exchange);
}

function describeRoute({ name, actions }: Route, caller: Caller): unknown {
  const described = actions?.(caller) ?? {};
  return {
    name,
    description: "",
    renders: ["application/json", "text/html"],
    parses: ["application/json", "multipart/form-data"],
    ...(Object.keys(described).length === 0 ? {} : { actions: described }),
  };
}

function allowed({ handlers }: Route): string[] {
  const order: readonly RouteMethod[] = ["GET", "POST", "PUT", "PATCH", "DELETE"];
  const own = order.filter((method) => handlers[method] !== undefined);
  return [...own, ...(own.includes("GET") ? ["HEAD"] : []), "OPTIONS"];
}

function exchangeOf(
  request: Request,
  response: ApiResponse,
  { caller, onUnusable }: { caller: Caller; onUnusable: (condition: UnusableCondition) => void },
): Exchange {
  const { query, requestId } = response.locals;
  const origin = `${request.protocol}://${request.host || "localhost"}`;
  return {
    method: request.method,
    address: `${origin}${request.path}`,
    query,
    params: Object.fromEntries(
      Object.entries(request.params).filter(
        (entry): entry is [string, string] => typeof entry[1] === "string",
      ),
    ),
    ifMatch: request.get("if-match"),
    caller,
    clientAddress: request.ip,
    restrict: (resource, store, action = actionOf(request.method)) =>
      restrictionOf(caller, { resource, store, action }, onUnusable),
    requestId,
    links: createLinks(origin, query.last("format")),
    isForm: /^multipart\//i.test(request.get("content-type") ?? ""),
    readBody: () => readBody(request),
  };
}

function send(request: Request, response: ApiResponse, { status, body, headers }: Reply): void {
  response.status(status).set(headers ?? {});
  if (body === undefined) {
    response.end();
    return;
  }
  const { rendering, name } = response.locals;
  const isPage = rendering.type === "text/html";
  const text = JSON.stringify(body, null, rendering.indent ?? (isPage ? 4 : undefined));
  const bytes = Buffer.from(
    isPage ? renderPage({ name, method: request.method, path: request.originalUrl, status, text }) : text,
  );
  // Not response.json(): Express adds a charset to the content type, which NetBox does not have (contract U-6).
  response.setHeader("Content-Type", isPage ? "text/html; charset=utf-8" : "application/json");
  response.setHeader("Content-Length", bytes.length);
  response.end(bytes);
}

/** Express knows an error handler by its four parameters. */
function errorAnswer({
  onError,
}: ApiOptions): ErrorRequestHandler<Request["params"], unknown, unknown, Request["query"], ApiLocals> {
  return (error: unknown, request, response: ApiResponse, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    if (error instanceof ApiError) {
      send(request, response, error);
      return;
    }
    // A path that cannot be decoded is one that no route has.
    if (error instanceof URIError) {
      send(request, response, notFound());
      return;
    }
    onError(error, { requestId: response.locals.requestId, method: request.method, path: request.path });
    send(request, response, {
      status: 500,
      body: {
        error: "Internal server error",
        exception: "Error",
        netbox_version: "4.6.8",
        python_version: "",
      },
    });
  };
}
