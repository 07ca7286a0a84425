import { guestResource } from "./guest-entries.ts";
import { hasFreshStatistics, nodeEntry } from "./node-entries.ts";
import { nodeName, oneOf } from "./parameters.ts";
import { missingPrivilege, Refusal } from "./refusal.ts";
import { shuffle } from "./random.ts";
import { contentList, storageIsOn, visibleStorages } from "./storage-entries.ts";
import type { RequestContext, Route } from "./request.ts";
import type { Json, JsonObject } from "./write-json.ts";

/** `/version`, `/cluster/status`, `/cluster/resources`, `/cluster/config/join`. */
export const clusterRoutes: readonly Route[] = [
  { method: "GET", path: "/version", answer: (context) => ({ data: versionEntry(context) }) },
  {
    method: "GET",
    path: "/cluster/status",
    check: requireClusterAudit,
    answer: (context) => ({ data: shuffle(clusterStatus(context), context.random) }),
  },
  {
    method: "GET",
    path: "/cluster/resources",
    parameters: { type: oneOf("vm", "storage", "node", "sdn") },
    answer: (context) => ({ data: resources(context) }),
  },
  {
    method: "GET",
    path: "/cluster/config/join",
    parameters: { node: nodeName },
    check: requireClusterAudit,
    answer: (context) => ({ data: joinInformation(context) }),
  },
];

/** Version object of the handling node; PVE 6 adds parts of the datacenter configuration. */
export function versionEntry({ behaviour }: RequestContext): JsonObject {
  const { version, release, repoid } = behaviour;
  const datacenter = behaviour.major === 6 ? { keyboard: "de", migration: { type: "secure" } } : {};
  return { version, release, repoid, ...datacenter };
}

function requireClusterAudit({ permissions }: RequestContext): void {
  if (!permissions.has("/", "Sys.Audit")) throw missingPrivilege("/", "Sys.Audit");
}

function clusterStatus({ world }: RequestContext): JsonObject[] {
  const nodes = [...world.nodes.values()].map((node) => ({
    type: "node",
    id: `node/${node.name}`,
    name: node.name,
    nodeid: world.clusterName === null ? 0 : node.nodeid,
    local: Number(node.name === world.localNode),
    online: Number(node.status === "online"),
    ip: node.ip ?? undefined,
    level: "",
  }));
  if (world.clusterName === null) return nodes;
  const cluster = {
    type: "cluster",
    id: "cluster",
    name: world.clusterName,
    nodes: world.nodes.size,
    version: world.corosyncVersion,
    quorate: Number(world.quorate),
  };
  return [cluster, ...nodes];
}

function resources(context: RequestContext): Json[] {
  const { world, permissions, behaviour, random } = context;
  const type = context.parameters.get("type");
  const wanted = (kind: string) => type === undefined || type === kind;
  const others: JsonObject[] = [];
  if (wanted("node")) others.push(...[...world.nodes.values()].map((node) => nodeResource(node, context)));
  if (wanted("storage")) others.push(...storageResources(context));
  if (wanted("sdn") && behaviour.major >= 7) others.push(...sdnResources(context));
  if (type === undefined) others.push(...poolResources(context));
  const guests = wanted("vm")
    ? [...world.guests.values()].filter(({ vmid }) => permissions.has(`/vms/${vmid}`, "VM.Audit"))
    : [];
  guests.sort((a, b) => a.vmid - b.vmid);
  return [...shuffle(others, random), ...guests.map((guest) => guestResource(guest, context))];
}

function nodeResource(
  node: Parameters<typeof nodeEntry>[0],
  { behaviour, permissions }: RequestContext,
): JsonObject {
  return {
    ...nodeEntry(node, permissions),
    level: "",
    "cgroup-mode": behaviour.major >= 7 && node.status === "online" ? 2 : undefined,
    "host-arch": behaviour.major >= 9 && node.status === "online" ? "x86_64" : undefined,
  };
}

function storageResources({ world, permissions, random }: RequestContext): JsonObject[] {
  const enabled = visibleStorages(world, permissions, ["Datastore.Audit"]).filter((entry) => !entry.disabled);
  return enabled.flatMap((storage) =>
    [...world.nodes.values()]
      .filter((node) => storageIsOn(storage, node.name))
      .map((node) => {
        const active = hasFreshStatistics(world, node.name) && !storage.inactiveOn.includes(node.name);
        return {
          id: `storage/${node.name}/${storage.id}`,
          type: "storage",
          storage: storage.id,
          node: node.name,
          plugintype: storage.type,
          content: contentList(storage, random),
          shared: Number(storage.shared),
          status: active ? "available" : "unknown",
          ...(active ? { disk: storage.used, maxdisk: storage.total } : {}),
        };
      }),
  );
}

function sdnResources({ world, permissions, behaviour }: RequestContext): JsonObject[] {
  if (!permissions.has("/sdn/zones/localnetwork", "SDN.Audit")) return [];
  return [...world.nodes.values()].map(({ name, status }) => {
    const both = { node: name, status: status === "online" ? "ok" : "unknown" };
    return behaviour.hasNetworkEntries
      ? {
          ...both,
          id: `network/${name}/zone/localnetwork`,
          type: "network",
          network: "localnetwork",
          "network-type": "zone",
        }
      : { ...both, id: `sdn/${name}/localnetwork`, type: "sdn", sdn: "localnetwork" };
  });
}

function poolResources({ world, permissions }: RequestContext): JsonObject[] {
  const visible = world.pools.filter((pool) => permissions.has(`/pool/${pool}`, "Pool.Audit"));
  return visible.map((pool) => {
    const members = [...world.guests.values()].filter((guest) => guest.pool === pool);
    return {
      id: `/pool/${pool}`,
      type: "pool",
      pool,
      status: members.some((guest) => guest.status === "running") ? "running" : undefined,
      maxcpu: members.reduce((sum, guest) => sum + guest.cores, 0),
      maxmem: members.reduce((sum, guest) => sum + guest.memoryBytes, 0),
      maxdisk: members.reduce((sum, guest) => sum + guest.diskBytes, 0),
    };
  });
}

function joinInformation({ world, behaviour }: RequestContext): JsonObject {
  if (world.clusterName === null) {
    throw new Refusal(behaviour.major === 6 ? 500 : 424, "node is not in a cluster, no join info available!");
  }
  const nodelist = [...world.nodes.values()].map((node) => ({
    name: node.name,
    nodeid: String(node.nodeid),
    quorum_votes: "1",
    ring0_addr: node.ip ?? undefined,
    pve_addr: node.ip ?? undefined,
    pve_fp: node.sslFingerprint ?? undefined,
  }));
  return {
    nodelist,
    preferred_node: world.localNode,
    config_digest: world.rootCaFingerprint.replaceAll(":", "").slice(0, 40).toLowerCase(),
    totem: {
      cluster_name: world.clusterName,
      config_version: String(world.corosyncVersion),
      ip_version: "ipv4-6",
      secauth: "on",
      version: "2",
    },
  };
}
