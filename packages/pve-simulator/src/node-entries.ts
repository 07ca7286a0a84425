import type { Permissions } from "./permissions.ts";
import type { JsonObject } from "./write-json.ts";
import type { World, WorldNode } from "./world.ts";

/** The keys of a node that `/nodes` and `/cluster/resources` have in common (contract section 4). */
export function nodeEntry(node: WorldNode, permissions: Permissions): JsonObject {
  return {
    id: `node/${node.name}`,
    node: node.name,
    type: "node",
    status: node.status,
    level: node.status === "online" ? "" : null,
    ...(permissions.has(`/nodes/${node.name}`, "Sys.Audit") ? nodeStatistics(node) : {}),
  };
}

function nodeStatistics({ status, hasStatistics, statistics }: WorldNode): JsonObject {
  if (!hasStatistics) return {};
  const { maxcpu, maxmem, maxdisk } = statistics;
  return status === "online" ? { ...statistics } : { maxcpu, maxmem, maxdisk };
}

/** Whether the guest's or storage's node has reported within the last five minutes. */
export function hasFreshStatistics(world: World, nodeName: string): boolean {
  return world.nodes.get(nodeName)?.hasStatistics ?? false;
}
