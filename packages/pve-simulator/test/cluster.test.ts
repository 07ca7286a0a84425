import { describe, expect, test } from "@jest/globals";
import { loseQuorum, setVersion, setView, takeNodeOffline } from "@proxbox/pve-simulator";
import { get, getData, getEntry, getList, NOW, simulateNew } from "./client.ts";

describe("GET /version", () => {
  test.each([
    ["6.4", "6.4-15", 8],
    ["7.4", "7.4-20", 8],
    ["8.1", "8.1.3", 16],
    ["8.4", "8.4.14", 16],
    ["9.2", "9.2.6", 16],
  ] as const)("of %s is %s with a repoid of %i digits", async (flavour, version, digits) => {
    const { simulator } = await simulateNew({ flavour });
    const data = await getData(simulator, "/version");
    expect(data).toMatchObject({ version, release: flavour });
    expect((data as { repoid: string }).repoid).toMatch(new RegExp(`^[0-9a-f]{${digits}}$`));
    expect(Object.hasOwn(data as object, "keyboard")).toBe(flavour === "6.4");
  });

  test("of another node is that node's own", async () => {
    const { world, simulator } = await simulateNew();
    const pve2 = world.nodes.get("pve2");
    if (pve2) pve2.version = "8.4.1";
    expect(await getData(simulator, "/nodes/pve2/version")).toMatchObject({ version: "8.4.1" });
    expect(await getData(simulator, "/nodes/localhost/version")).toMatchObject({ version: "9.2.6" });
    expect(await getData(simulator, "/nodes/pve2/status")).toMatchObject({
      pveversion: expect.stringMatching(/^pve-manager\/8\.4\.1\/[0-9a-f]{16}$/),
    });
  });
});

describe("GET /cluster/status", () => {
  test("lists the cluster and its nodes, offline ones too", async () => {
    const { world, simulator } = await simulateNew();
    takeNodeOffline(world, "pve3");
    loseQuorum(world);
    const cluster = await getEntry(simulator, "/cluster/status", ["type", "cluster"]);
    expect(cluster).toEqual({
      type: "cluster",
      id: "cluster",
      name: "alpha",
      nodes: 3,
      version: 7,
      quorate: 0,
    });
    const node = await getEntry(simulator, "/cluster/status", ["name", "pve3"]);
    expect(node).toEqual({
      type: "node",
      id: "node/pve3",
      name: "pve3",
      nodeid: 3,
      local: 0,
      online: 0,
      ip: "192.0.2.3",
      level: "",
    });
  });

  test("of a stand-alone node has one node with nodeid 0 and no cluster", async () => {
    const { simulator } = await simulateNew({ clusterName: null });
    const entries = await getList(simulator, "/cluster/status");
    expect(entries).toEqual([expect.objectContaining({ type: "node", nodeid: 0, local: 1, online: 1 })]);
  });

  test("needs Sys.Audit on /", async () => {
    const { world, simulator } = await simulateNew();
    setView(world, { kind: "none" });
    const reply = await get(simulator, "/cluster/status");
    expect([reply.status, reply.reason]).toEqual([403, "Permission check failed (/, Sys.Audit)"]);
  });

  test("leaves out the address of a node that has not announced it", async () => {
    const { world, simulator } = await simulateNew();
    const pve2 = world.nodes.get("pve2");
    if (pve2) pve2.ip = null;
    expect(await getEntry(simulator, "/cluster/status", ["name", "pve2"])).not.toHaveProperty("ip");
  });
});

describe("the cluster's identity", () => {
  test("is the root certificate's fingerprint, the same on every node and another in another cluster", async () => {
    const alpha = await simulateNew();
    const beta = await simulateNew({ clusterName: "beta" });
    const root = ["filename", "pve-root-ca.pem"] as const;
    const onFirst = await getEntry(alpha.simulator, "/nodes/pve1/certificates/info", [...root]);
    const onSecond = await getEntry(alpha.simulator, "/nodes/pve2/certificates/info", [...root]);
    const elsewhere = await getEntry(beta.simulator, "/nodes/pve1/certificates/info", [...root]);
    expect(onFirst).toMatchObject({
      fingerprint: expect.stringMatching(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/),
      notbefore: expect.any(Number),
      "public-key-bits": 4096,
      san: expect.any(Array),
    });
    expect(onSecond["fingerprint"]).toBe(onFirst["fingerprint"]);
    expect(elsewhere["fingerprint"]).not.toBe(onFirst["fingerprint"]);
  });

  test("join information has strings where the status has numbers", async () => {
    const { simulator } = await simulateNew();
    expect(await getData(simulator, "/cluster/config/join")).toMatchObject({
      preferred_node: "pve1",
      nodelist: expect.arrayContaining([
        expect.objectContaining({ name: "pve2", nodeid: "2", quorum_votes: "1" }),
      ]),
      totem: { cluster_name: "alpha", config_version: "7" },
    });
  });

  test.each([
    ["6.4", 500],
    ["9.2", 424],
  ] as const)("join information outside a cluster is on %s a %i", async (flavour, status) => {
    const { simulator } = await simulateNew({ flavour, clusterName: null });
    expect((await get(simulator, "/cluster/config/join")).status).toBe(status);
  });
});

describe("GET /nodes", () => {
  test("keeps maxima of a node that just went and drops all once five minutes are over", async () => {
    const { world, simulator } = await simulateNew();
    takeNodeOffline(world, "pve2", { statistics: "fresh" });
    const recent = await getEntry(simulator, "/nodes", ["node", "pve2"]);
    expect(recent).toMatchObject({ status: "offline", maxcpu: 32, level: null });
    expect(recent).not.toHaveProperty("cpu");
    takeNodeOffline(world, "pve2");
    expect(await getEntry(simulator, "/nodes", ["node", "pve2"])).not.toHaveProperty("maxcpu");
  });

  test("is complete without any right, but without statistics", async () => {
    const { world, simulator } = await simulateNew();
    setView(world, { kind: "none" });
    const nodes = await getList(simulator, "/nodes");
    expect(nodes.map(({ node }) => node).sort()).toEqual(["pve1", "pve2", "pve3"]);
    for (const node of nodes) {
      expect(node).toHaveProperty("ssl_fingerprint");
      expect(node).not.toHaveProperty("maxcpu");
    }
  });
});

describe("paths of other nodes", () => {
  test("an unknown node is a 500, an unreachable one a 595 or 596 without body", async () => {
    const { world, simulator } = await simulateNew();
    const unknown = await get(simulator, "/nodes/nowhere/status");
    expect(unknown.status).toBe(500);
    expect(unknown.reason).toMatch(/^hostname lookup 'nowhere' failed - /);
    takeNodeOffline(world, "pve2");
    takeNodeOffline(world, "pve3", {
      answer: { status: 596, reason: "Connection timed out", delayMs: 5 },
    });
    const gone = await get(simulator, "/nodes/pve2/replication");
    expect([gone.status, gone.reason, gone.body]).toEqual([595, "No route to host", ""]);
    expect(gone.headers["content-type"]).toBeUndefined();
    expect((await get(simulator, "/nodes/pve3/replication")).status).toBe(596);
  });

  test("a missing privilege is told before the node is tried", async () => {
    const { world, simulator } = await simulateNew();
    takeNodeOffline(world, "pve2");
    setView(world, { kind: "none" });
    expect((await get(simulator, "/nodes/pve2/status")).status).toBe(403);
    expect((await get(simulator, "/nodes/pve2/replication")).status).toBe(595);
  });

  test("a node's time carries the zone", async () => {
    const { simulator } = await simulateNew();
    expect(await getData(simulator, "/nodes/pve1/time")).toEqual({
      timezone: "Europe/Vienna",
      time: NOW,
      localtime: NOW + 3600,
    });
  });

  test("a node's load is strings", async () => {
    const { simulator } = await simulateNew();
    expect(await getData(simulator, "/nodes/pve1/status")).toMatchObject({
      loadavg: [expect.any(String), expect.any(String), expect.any(String)],
      uptime: expect.any(Number),
    });
  });
});

describe("GET /cluster/resources", () => {
  test("has guests, nodes, storages, pools and networks, and each alone", async () => {
    const { simulator } = await simulateNew();
    const kinds = async (path: string) =>
      [...new Set((await getList(simulator, path)).map(({ type }) => String(type)))].sort();
    const all = ["lxc", "network", "node", "pool", "qemu", "storage"];
    expect(await kinds("/cluster/resources")).toEqual(all);
    expect(await kinds("/cluster/resources?type=vm")).toEqual(["lxc", "qemu"]);
    expect(await kinds("/cluster/resources?type=node")).toEqual(["node"]);
    expect(await kinds("/cluster/resources?type=storage")).toEqual(["storage"]);
    expect((await get(simulator, "/cluster/resources?type=pool")).status).toBe(400);
  });

  test("has no network entries and no tags where the version has none", async () => {
    const { world, simulator } = await simulateNew({ flavour: "8.4" });
    const types = (await getList(simulator, "/cluster/resources")).map(({ type }) => type);
    expect(types).not.toContain("network");
    expect(await getEntry(simulator, "/cluster/resources", ["vmid", 100])).toMatchObject({
      tags: "production;linux",
    });
    setVersion(world, "7.2-11");
    expect(await getEntry(simulator, "/cluster/resources", ["vmid", 100])).not.toHaveProperty("tags");
  });

  test("every guest has numbers, and memhost since 9", async () => {
    const nine = await simulateNew();
    const eight = await simulateNew({ flavour: "8.4" });
    const guest = await getEntry(nine.simulator, "/cluster/resources?type=vm", ["vmid", 100]);
    expect(guest).toMatchObject({
      id: "qemu/100",
      type: "qemu",
      node: "pve1",
      status: "running",
      name: "web1",
      template: 0,
      maxmem: expect.any(Number),
      memhost: expect.any(Number),
    });
    expect(await getEntry(eight.simulator, "/cluster/resources", ["vmid", 100])).not.toHaveProperty(
      "memhost",
    );
  });

  test("invents names for nameless guests", async () => {
    const { world, simulator } = await simulateNew();
    for (const guest of world.guests.values()) guest.name = null;
    expect(await getEntry(simulator, "/cluster/resources", ["vmid", 100])).toMatchObject({ name: "VM 100" });
    expect(await getEntry(simulator, "/cluster/resources", ["vmid", 101])).toMatchObject({ name: "CT101" });
  });

  test("guests of a silent node lose everything but identity, tags, lock and pool", async () => {
    const { world, simulator } = await simulateNew();
    const guest = world.guests.get(105);
    if (guest) Object.assign(guest, { lock: "backup", pool: "production", tags: ["a", "b"] });
    takeNodeOffline(world, "pve3");
    expect(await getEntry(simulator, "/cluster/resources", ["vmid", 105])).toEqual({
      id: "qemu/105",
      vmid: 105,
      node: "pve3",
      type: "qemu",
      status: "unknown",
      lock: "backup",
      pool: "production",
      tags: "a;b",
    });
  });

  test("a pool is shown only with Pool.Audit on it", async () => {
    const { world, simulator } = await simulateNew();
    world.acl.push({
      path: "/pool/production",
      kind: "token",
      subject: "proxbox@pve!sync",
      role: "PVEDatastoreUser",
      propagate: true,
    });
    expect(await getEntry(simulator, "/cluster/resources", ["vmid", 100])).not.toHaveProperty("pool");
  });

  test("a storage stands there once for each node it is enabled on", async () => {
    const { world, simulator } = await simulateNew();
    const ids = (await getList(simulator, "/cluster/resources?type=storage")).map(({ id }) => id);
    expect(ids).toContain("storage/pve2/archive");
    expect(ids).not.toContain("storage/pve3/archive");
    expect(ids).not.toContain("storage/pve1/old-dir");
    takeNodeOffline(world, "pve2");
    const silent = await getEntry(simulator, "/cluster/resources", ["id", "storage/pve2/local"]);
    expect(silent).toMatchObject({ status: "unknown", plugintype: "dir", shared: 0 });
    expect(silent).not.toHaveProperty("maxdisk");
  });
});
