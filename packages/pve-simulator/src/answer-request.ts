import { authenticate, isTokenRequest } from "./authentication.ts";
import { behaviourOf } from "./flavours.ts";
import { permissionsOf } from "./permissions.ts";
import { verifyParameters } from "./parameters.ts";
import { Refusal } from "./refusal.ts";
import { findRoute } from "./routes.ts";
import { isLogin } from "./routes-access.ts";
import { nodeOf } from "./world.ts";
import type { Credentials } from "./authentication.ts";
import type { Caller, Permissions } from "./permissions.ts";
import type { Random } from "./random.ts";
import type { Answer } from "./request.ts";
import type { World, WorldNode } from "./world.ts";

/** A request as the routes need it: the path without `/api2/json`, parameters of query and body together. */
export interface ApiRequest {
  path: string;
  parameters: ReadonlyMap<string, string>;
  credentials: Credentials;
}

interface Surroundings {
  world: World;
  /** Unix seconds. */
  now: number;
  random: Random;
  servedFingerprint: string | null;
}

const NOBODY: Permissions = { on: () => new Map(), has: () => false, listed: () => new Map() };

/**
 * Answers one request in Proxmox's order: authentication, path, declared permission, forwarding to the node,
 * parameters, the call itself. Throws a Refusal for every answer other than success.
 */
export function answerRequest(request: ApiRequest, surroundings: Surroundings): Answer {
  const { world, now } = surroundings;
  const { path, credentials, parameters } = request;
  if (world.clusterFilesystemDown) {
    const text = "RPCEnvironment init request failed: Unable to load access control list: Connection refused";
    throw new Refusal(500, text, { body: "none" });
  }
  const localNode = nodeOf(world, world.localNode);
  const caller = authenticateUnlessLogin(request, { world, now, behaviour: behaviourOf(localNode.version) });
  const match = findRoute(credentials.method, path);
  if (!match) throw new Refusal(501, `Method '${credentials.method} ${path}' not implemented`);

  const { route, inPath, checks } = match;
  const context = {
    ...surroundings,
    caller,
    permissions: caller === null ? NOBODY : permissionsOf(world, caller),
    parameters: new Map([...parameters, ...inPath]),
    node: localNode,
    behaviour: behaviourOf(localNode.version),
  };
  route.check?.(context);
  const nodeInPath = inPath.get("node");
  const node = nodeInPath === undefined ? localNode : forward(world, nodeInPath);
  verifyParameters(route, checks, context.parameters);
  return route.answer({ ...context, node, behaviour: behaviourOf(node.version) });
}

function authenticateUnlessLogin(
  { path, credentials }: ApiRequest,
  facts: Parameters<typeof authenticate>[1],
): Caller | null {
  if (!isLogin(credentials.method, path)) return authenticate(credentials, facts);
  if (isTokenRequest(credentials)) {
    const text = `Permission check failed (URI '${path}' not available with API token, need proper ticket.)`;
    throw new Refusal(403, text);
  }
  return null;
}

/** Finds the node that handles the call; a node that cannot be reached answers without a body. */
function forward(world: World, name: string): WorldNode {
  if (name === "localhost" || name === world.localNode) return nodeOf(world, world.localNode);
  const node = world.nodes.get(name);
  if (!node) {
    const text = `hostname lookup '${name}' failed - failed to get address info for: ${name}: Name or service not known`;
    throw new Refusal(500, text);
  }
  if (node.status === "online") return node;
  const { status, reason, delayMs } = node.whenOffline;
  throw new Refusal(status, reason, { body: "none", delayMs });
}
