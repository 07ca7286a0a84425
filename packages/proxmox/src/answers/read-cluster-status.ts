import type { ClusterMember, ClusterStatus, JsonValue } from "@proxbox/domain";
import { z } from "zod";
import { UnexpectedAnswer } from "../unexpected-answer.ts";
import { readList } from "./read-list.ts";
import { flag, integer, name, optionalName, optionalNumber } from "./wire-values.ts";

const wireEntry = z.discriminatedUnion(
  "type",
  [
    z.object({ type: z.literal("cluster"), name, nodes: integer, version: optionalNumber, quorate: flag }),
    z.object({ type: z.literal("node"), name, nodeid: integer, ip: optionalName, online: flag, local: flag }),
  ],
  { error: 'is neither "cluster" nor "node"' },
);

/** `GET /cluster/status`. An answer without a node is none of Proxmox's: it would read as a stand-alone node. */
export function readClusterStatus(data: JsonValue): ClusterStatus {
  const entries = readList(data, {
    schema: wireEntry,
    toValue: (wire) => wire,
    identity: (entry) => (entry.type === "cluster" ? entry.type : `node/${entry.name}`),
  });
  const members: ClusterMember[] = [];
  let cluster: ClusterStatus["cluster"] = null;
  for (const entry of entries) {
    if (entry.type === "cluster") {
      const { name, nodes, version, quorate } = entry;
      cluster = { name, nodes, version, quorate };
    } else {
      const { name, nodeid, ip, online, local } = entry;
      members.push({ name, nodeId: nodeid, ip, online, local });
    }
  }
  if (members.length === 0)
    throw new UnexpectedAnswer("The answer names no node, not even the answering one");
  return { cluster, members };
}
