import { jobId, nodeName, text, vmid } from "./parameters.ts";
import { accessRoutes } from "./routes-access.ts";
import { clusterRoutes } from "./routes-cluster.ts";
import { nodeRoutes } from "./routes-nodes.ts";
import { replicationRoutes } from "./routes-replication.ts";
import { storageRoutes } from "./routes-storage.ts";
import type { ParameterCheck, Route } from "./request.ts";

const PATH_PARAMETERS: Readonly<Record<string, ParameterCheck>> = {
  node: nodeName,
  vmid,
  id: jobId,
  storage: text,
};

interface CompiledRoute {
  route: Route;
  segments: string[];
}

const routes: readonly CompiledRoute[] = [
  ...clusterRoutes,
  ...nodeRoutes,
  ...replicationRoutes,
  ...storageRoutes,
  ...accessRoutes,
].map((route) => ({ route, segments: route.path.split("/") }));

/** A route with the values of its path. */
export interface RouteMatch {
  route: Route;
  inPath: ReadonlyMap<string, string>;
  checks: Readonly<Record<string, ParameterCheck>>;
}

/** The route for a method and a path without `/api2/json`, or null: Proxmox then answers 501. */
export function findRoute(method: string, path: string): RouteMatch | null {
  const given = path.split("/");
  for (const { route, segments } of routes) {
    if (route.method !== method || segments.length !== given.length) continue;
    const inPath = matchSegments(segments, given);
    if (inPath) return { route, inPath, checks: checksFor(inPath) };
  }
  return null;
}

function matchSegments(segments: readonly string[], given: readonly string[]): Map<string, string> | null {
  const inPath = new Map<string, string>();
  for (const [index, segment] of segments.entries()) {
    const value = given[index] ?? "";
    if (segment.startsWith("{")) inPath.set(segment.slice(1, -1), value);
    else if (segment !== value) return null;
  }
  return inPath;
}

function checksFor(inPath: ReadonlyMap<string, string>): Record<string, ParameterCheck> {
  return Object.fromEntries([...inPath.keys()].map((name) => [name, PATH_PARAMETERS[name] ?? text]));
}
