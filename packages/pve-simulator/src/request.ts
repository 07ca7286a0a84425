import type { Behaviour } from "./flavours.ts";
import type { Caller, Permissions } from "./permissions.ts";
import type { Random } from "./random.ts";
import type { Json } from "./write-json.ts";
import type { World, WorldNode } from "./world.ts";

/** What a route knows about the request it answers. */
export interface RequestContext {
  world: World;
  /** The node that handles the request: the one in the path, else the answering one. */
  node: WorldNode;
  /** What that node's version does. */
  behaviour: Behaviour;
  /** Null only for the login, which asks for no rights. */
  caller: Caller | null;
  permissions: Permissions;
  /** Names from the path, parameters from query and body. */
  parameters: ReadonlyMap<string, string>;
  /** Unix seconds. */
  now: number;
  random: Random;
  /** Fingerprint of the certificate in use, null on plain HTTP. */
  servedFingerprint: string | null;
}

/** A successful answer; `total` stands beside `data` in some lists. */
export interface Answer {
  data: Json;
  total?: number;
}

/** Returns a complaint, or null when the value is fine. */
export type ParameterCheck = (value: string) => string | null;

export interface Route {
  method: "GET" | "POST" | "PUT" | "DELETE";
  /** Segments in braces are parameters: `/nodes/{node}/replication`. `{node}` makes the call a proxied one. */
  path: string;
  /** Parameters that are accepted, beside those in the path. */
  parameters?: Readonly<Record<string, ParameterCheck>>;
  required?: readonly string[];
  /** The declared permission, checked before the request is forwarded to another node. */
  check?: (context: RequestContext) => void;
  answer: (context: RequestContext) => Answer;
}

/** The value of a parameter that the route's path or its list of required ones guarantees. */
export function parameter(context: RequestContext, name: string): string {
  const value = context.parameters.get(name);
  if (value === undefined) throw new Error(`the route has no parameter ${name}`);
  return value;
}
