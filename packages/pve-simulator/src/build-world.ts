import { createHash } from "node:crypto";
import { buildGuests } from "./build-guests.ts";
import { buildReplication } from "./build-replication.ts";
import { buildRoles } from "./build-roles.ts";
import { DEFAULT_TOKEN } from "./default-token.ts";
import { FLAVOUR_VERSIONS } from "./flavours.ts";
import { setView } from "./permission-views.ts";
import { seededRandom } from "./random.ts";
import type { Flavour } from "./flavours.ts";
import type { Storage, World, WorldNode } from "./world.ts";

/** Size and kind of a world. The same options build the same world. */
export interface WorldOptions {
  /** null: a stand-alone node, which must be one node without jobs. Default `alpha`. */
  clusterName?: string | null;
  /** Default 9.2. */
  flavour?: Flavour;
  /** Default 3, or 1 for a stand-alone node. */
  nodes?: number;
  /** VMIDs start at 100. Default 12. */
  guests?: number;
  /** At most one for each guest and other node. Default 16, or fewer where there is no room. */
  jobs?: number;
  /** Another seed gives another cluster identity and other numbers. Default 1. */
  seed?: number;
  /** Unix seconds that job states are relative to. Default: the time of the call. */
  now?: number;
}

/**
 * Builds a cluster of any size. Two worlds share VMIDs, node names and job ids, as clusters do; only name, identity
 * and values differ. Throws when there is no room for that many jobs.
 */
export function buildWorld(options: WorldOptions = {}): World {
  const { clusterName = "alpha", flavour = "9.2", guests = 12, seed = 1 } = options;
  const nodes = options.nodes ?? (clusterName === null ? 1 : 3);
  const jobs = countJobs({ ...options, clusterName, nodes, guests });
  const random = seededRandom(seed);
  const identity = `${clusterName ?? "stand-alone"} ${seed}`;
  const world = emptyWorld(clusterName, identity);
  world.roles = buildRoles(flavour);
  for (let nodeid = 1; nodeid <= nodes; nodeid++) {
    const node = buildNode(nodeid, { version: FLAVOUR_VERSIONS[flavour], identity });
    world.nodes.set(node.name, node);
  }
  for (const storage of buildStorages()) world.storages.set(storage.id, storage);
  buildGuests(world, { count: guests, random });
  buildReplication(world, {
    count: jobs,
    random,
    now: options.now ?? Math.floor(Date.now() / 1000),
  });
  addDefaultToken(world);
  setView(world, { kind: "full" });
  return world;
}

function countJobs({
  clusterName,
  nodes,
  guests,
  jobs,
}: {
  clusterName: string | null;
  nodes: number;
  guests: number;
  jobs?: number;
}): number {
  if (clusterName === null && nodes !== 1) throw new Error("a stand-alone world has one node");
  const room = guests * (nodes - 1);
  const count = jobs ?? Math.min(16, room);
  if (count > room) throw new Error(`${guests} guests on ${nodes} nodes have room for ${room} jobs`);
  return count;
}

function emptyWorld(clusterName: string | null, identity: string): World {
  return {
    clusterName,
    rootCaFingerprint: fingerprint(`root CA of ${identity}`),
    localNode: "pve1",
    timeZone: "Europe/Vienna",
    quorate: true,
    corosyncVersion: 7,
    clusterFilesystemDown: false,
    replicationLockHeld: false,
    nodes: new Map(),
    guests: new Map(),
    jobs: new Map(),
    storages: new Map(),
    pools: ["production"],
    users: new Map(),
    tokens: new Map(),
    roles: new Map(),
    acl: [],
    ticketKey: createHash("sha256").update(`ticket key of ${identity}`).digest("hex"),
  };
}

function addDefaultToken(world: World): void {
  const { userid, password, id, secret } = DEFAULT_TOKEN;
  world.users.set(userid, { id: userid, password, enabled: true, groups: [], secondFactor: null });
  world.tokens.set(id, { id, secret, privsep: true, expire: 0 });
}

function buildNode(nodeid: number, { version, identity }: { version: string; identity: string }): WorldNode {
  const name = `pve${nodeid}`;
  return {
    name,
    nodeid,
    ip: `192.0.2.${nodeid % 256}`,
    status: "online",
    version,
    sslFingerprint: fingerprint(`certificate of ${name} of ${identity}`),
    whenOffline: { status: 595, reason: "No route to host", delayMs: 0 },
    hasStatistics: true,
    statistics: {
      cpu: 0.031_25 * nodeid,
      maxcpu: 32,
      mem: 48_318_382_080,
      maxmem: 135_055_699_968,
      disk: 11_811_160_064,
      maxdisk: 100_861_726_720,
      uptime: 1_512_000 + nodeid,
    },
    jobStates: new Map(),
    jobLogs: new Map(),
  };
}

function buildStorages(): Storage[] {
  const local = { disabled: false, nodes: null, shared: false, inactiveOn: [] };
  const gib = 1024 ** 3;
  return [
    {
      ...local,
      id: "local",
      type: "dir",
      content: ["iso", "vztmpl", "backup"],
      settings: { path: "/var/lib/vz", "prune-backups": "keep-last=3" },
      total: 94 * gib,
      used: 11 * gib,
    },
    {
      ...local,
      id: "local-zfs",
      type: "zfspool",
      content: ["images", "rootdir"],
      settings: { pool: "rpool/data", sparse: "1" },
      total: 3500 * gib,
      used: 1204 * gib,
    },
    {
      ...local,
      id: "archive",
      type: "nfs",
      shared: true,
      nodes: ["pve1", "pve2"],
      content: ["backup", "iso"],
      settings: { server: "192.0.2.250", export: "/archive", path: "/mnt/pve/archive" },
      total: 20_000 * gib,
      used: 9000 * gib,
    },
    {
      ...local,
      id: "old-dir",
      type: "dir",
      disabled: true,
      content: ["backup"],
      settings: { path: "/mnt/old" },
      total: 0,
      used: 0,
    },
  ];
}

function fingerprint(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex").toUpperCase();
  return (hex.match(/../g) ?? []).join(":");
}
