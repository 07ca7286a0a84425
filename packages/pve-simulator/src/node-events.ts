import { nodeOf } from "./world.ts";
import type { ProxyFailure, World } from "./world.ts";

/** How a node goes: with its last statistics still fresh or not, and what callers of its paths get. */
export interface OfflineOptions {
  /** Default `gone`: the five minutes are over, so its guests turn to status unknown (contract section 4). */
  statistics?: "fresh" | "gone";
  /** Default: 595 `No route to host` at once. */
  answer?: ProxyFailure;
}

/** The node is lost. Throws for the answering node: change `localNode` first. */
export function takeNodeOffline(world: World, name: string, options: OfflineOptions = {}): void {
  if (name === world.localNode) throw new Error(`${name} answers for the world and cannot be offline`);
  const node = nodeOf(world, name);
  node.status = "offline";
  node.hasStatistics = options.statistics === "fresh";
  if (options.answer) node.whenOffline = options.answer;
}

/** The node is back, with fresh statistics. */
export function bringNodeOnline(world: World, name: string): void {
  const node = nodeOf(world, name);
  node.status = "online";
  node.hasStatistics = true;
}

/** The answering node is cut off from the majority. */
export function loseQuorum(world: World): void {
  world.quorate = false;
}

/** The majority is back. */
export function regainQuorum(world: World): void {
  world.quorate = true;
}

/** Every node gets this version, as after an upgrade; see `WorldNode.version` for a mixed cluster. */
export function setVersion(world: World, version: string): void {
  for (const node of world.nodes.values()) node.version = version;
}

/**
 * The world object becomes another cluster while servers and tests keep their reference to it: same address, other
 * root CA (contract section 4).
 */
export function becomeCluster(world: World, other: World): void {
  Object.assign(world, structuredClone(other));
}
