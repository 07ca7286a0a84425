import type { Restriction } from "@proxbox/domain";
import type { Caller } from "./caller.ts";
import type { Links } from "./links.ts";
import type { RequestQuery } from "./request-query.ts";
import type { Resource } from "./resource.ts";
import type { ResourceStore } from "./resource-store.ts";

/** One request on its way to an answer, once the caller is known and admitted. */
export interface Exchange {
  readonly method: string;
  /** Of the request's own path, absolute and without parameters. */
  readonly address: string;
  readonly query: RequestQuery;
  readonly params: Readonly<Record<string, string>>;
  readonly ifMatch: string | undefined;
  readonly caller: Caller;
  readonly requestId: string;
  readonly links: Links;
  /** The client's address; undefined when it is not known. */
  readonly clientAddress: string | undefined;
  /** The objects to which the caller may do what the method does, or `action`; null: all of them. */
  restrict(resource: Resource, store: Pick<ResourceStore, "answers">, action?: string): Restriction | null;
  /** Whether the body is a form, in which every value is text. */
  readonly isForm: boolean;
  /** Parses the body; throws ApiError. Call it once. */
  readBody(): Promise<unknown>;
}

/** An answer; no body where `body` is undefined. */
export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Handler = (exchange: Exchange) => Promise<Reply> | Reply;
