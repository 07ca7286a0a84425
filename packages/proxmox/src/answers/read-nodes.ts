import type { JsonValue, NodeFacts } from "@proxbox/domain";
import { z } from "zod";
import { UnexpectedAnswer } from "../unexpected-answer.ts";
import { readList } from "./read-list.ts";
import { name, optionalBytes, optionalName, optionalNumber, optionalText } from "./wire-values.ts";

const wireNode = z.object({
  node: name,
  status: optionalName,
  ssl_fingerprint: optionalName,
  level: optionalText,
  cpu: optionalNumber,
  maxcpu: optionalNumber,
  mem: optionalBytes,
  maxmem: optionalBytes,
});

/** `GET /nodes`. It always lists every node, so an empty list is none of Proxmox's answers. */
export function readNodes(data: JsonValue): NodeFacts[] {
  const nodes = readList(data, { schema: wireNode, toValue: nodeFacts, identity: (node) => node.name });
  if (nodes.length === 0) throw new UnexpectedAnswer("The answer names no node, not even the answering one");
  return nodes;
}

function nodeFacts(wire: z.output<typeof wireNode>): NodeFacts {
  return {
    name: wire.node,
    status: wire.status === "online" || wire.status === "offline" ? wire.status : "unknown",
    sslFingerprint: wire.ssl_fingerprint,
    level: wire.level,
    cpu: wire.cpu,
    maxCpu: wire.maxcpu,
    memory: wire.mem,
    maxMemory: wire.maxmem,
  };
}
