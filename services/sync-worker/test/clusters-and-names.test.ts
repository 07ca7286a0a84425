import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { removeGuest, type World } from "@proxbox/pve-simulator";
import { staleKeys, type StoredRow, storedInventory } from "./stored-inventory.ts";
import { type Lab, type LabCluster, openLab } from "./sync-lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
});
afterAll(() => lab.close());

function rename(world: World, names: Record<number, string | null>): void {
  for (const [vmid, name] of Object.entries(names)) {
    const guest = world.guests.get(Number(vmid));
    if (!guest) throw new Error(`the world has no guest ${vmid}`);
    guest.name = name;
  }
}

async function storedNames({ endpointId }: LabCluster): Promise<Record<number, string>> {
  const guests = await lab.query<{ vmid: number; name: string }>(
    "select vmid, name from virtual_machine where endpoint_id = $1 order by vmid",
    [endpointId],
  );
  return Object.fromEntries(guests.map(({ vmid, name }) => [vmid, name]));
}

describe("guest names are unique in their cluster, as NetBox demands", () => {
  test("equal ones get their vmid behind, ignoring case, and keep it", async () => {
    const cluster = await lab.cluster({ guests: 4, jobs: 2 });
    rename(cluster.world, { 100: "web", 101: "WEB", 102: "web", 103: "db" });
    const names = { 100: "web", 101: "WEB (101)", 102: "web (102)", 103: "db" };
    for (let time = 0; time < 3; time += 1) {
      expect(await cluster.sync()).toMatchObject({ status: "completed", error: "" });
      expect(await storedNames(cluster)).toEqual(names);
    }
  });

  test("a name is free again when its guest is renamed", async () => {
    const cluster = await lab.cluster({ guests: 3, jobs: 2 });
    rename(cluster.world, { 100: "web", 101: "web", 102: "web" });
    await cluster.sync();
    rename(cluster.world, { 100: "other" });
    await cluster.sync();
    expect(await storedNames(cluster)).toEqual({ 100: "other", 101: "web", 102: "web (102)" });
    rename(cluster.world, { 100: "web" });
    await cluster.sync();
    expect(await storedNames(cluster)).toEqual({ 100: "web (100)", 101: "web", 102: "web (102)" });
  });

  test("guests swap their names in one sync, two and three of them", async () => {
    const cluster = await lab.cluster({ guests: 5, jobs: 2 });
    rename(cluster.world, { 100: "a", 101: "b", 102: "c", 103: "d", 104: "e" });
    await cluster.sync();
    rename(cluster.world, { 100: "b", 101: "a", 102: "d", 103: "e", 104: "c" });
    expect(await cluster.sync()).toMatchObject({ status: "completed", error: "" });
    expect(await storedNames(cluster)).toEqual({ 100: "b", 101: "a", 102: "d", 103: "e", 104: "c" });
  });

  test("a name that looks like one of ours is no trouble", async () => {
    const cluster = await lab.cluster({ guests: 3, jobs: 2 });
    rename(cluster.world, { 100: "web", 101: "web", 102: "web (101)" });
    expect(await cluster.sync()).toMatchObject({ status: "completed", error: "" });
    const names = await storedNames(cluster);
    expect(new Set(Object.values(names)).size).toBe(3);
    expect(names[100]).toBe("web");
    await cluster.sync();
    expect(await storedNames(cluster)).toEqual(names);
  });

  test("long ones are cut, and stay apart", async () => {
    const cluster = await lab.cluster({ guests: 3, jobs: 2 });
    const long = "x".repeat(80);
    rename(cluster.world, { 100: long, 101: long, 102: `${long}y` });
    expect(await cluster.sync()).toMatchObject({ status: "completed", error: "" });
    const names = Object.values(await storedNames(cluster));
    expect(names.map((name) => name.length)).toEqual([64, 64, 64]);
    expect(new Set(names).size).toBe(3);
  });

  test("a guest without a name is called as Proxmox calls it", async () => {
    const cluster = await lab.cluster({ guests: 2, jobs: 1 });
    rename(cluster.world, { 100: null, 101: null });
    await cluster.sync();
    expect(await storedNames(cluster)).toEqual({ 100: "VM 100", 101: "CT101" });
  });

  test("a new guest with the name of one that is gone does not take it from the old row", async () => {
    const cluster = await lab.cluster({ guests: 6, jobs: 2 });
    rename(cluster.world, { 102: "moved" });
    await cluster.sync();
    const old = cluster.world.guests.get(102);
    if (!old) throw new Error("the world has no guest 102");
    removeGuest(cluster.world, 102, { purge: true });
    cluster.world.guests.set(202, { ...old, vmid: 202 });
    expect(await cluster.sync()).toMatchObject({ status: "completed", error: "" });
    expect(await staleKeys(lab, cluster.endpointId)).toEqual({ guests: [102] });
    expect(await storedNames(cluster)).toMatchObject({ 102: "moved", 202: "moved (202)" });
  });

  test("clusters do not get in each other's way", async () => {
    const [one, other] = [
      await lab.cluster({ guests: 2, jobs: 1 }),
      await lab.cluster({ guests: 2, jobs: 1 }),
    ];
    rename(one.world, { 100: "web", 101: "db" });
    rename(other.world, { 100: "db", 101: "web" });
    await one.sync();
    await other.sync();
    expect(await storedNames(one)).toEqual({ 100: "web", 101: "db" });
    expect(await storedNames(other)).toEqual({ 100: "db", 101: "web" });
  });

  test("a guest that moves to another type of guest under its vmid keeps its row", async () => {
    const cluster = await lab.cluster({ guests: 2, jobs: 1 });
    await cluster.sync();
    const guest = cluster.world.guests.get(100);
    if (!guest) throw new Error("the world has no guest 100");
    const [before] = (await storedInventory(lab, cluster.endpointId)).guests;
    guest.type = "lxc";
    await cluster.sync();
    const [after] = (await storedInventory(lab, cluster.endpointId)).guests;
    expect(after).toMatchObject({ id: before?.["id"], vmid: 100, guest_type: "lxc" });
  });
});

describe("clusters", () => {
  const shape = ({ clusters, virtualizationClusters }: Awaited<ReturnType<typeof storedInventory>>) => ({
    clusters: clusters.map(({ id, name, mode, nodes_count, quorate }: StoredRow) => ({
      id,
      name,
      mode,
      nodes_count,
      quorate,
    })),
    virtualizationClusters: virtualizationClusters.map(({ id, name }: StoredRow) => ({ id, name })),
  });

  test("a stand-alone node is a cluster of one, named after it", async () => {
    const cluster = await lab.cluster({ clusterName: null, guests: 3 });
    for (let time = 0; time < 2; time += 1) {
      expect(await cluster.sync()).toMatchObject({ status: "completed", error: "" });
    }
    const stored = await storedInventory(lab, cluster.endpointId);
    expect(shape(stored)).toMatchObject({
      clusters: [{ name: "pve1", mode: "standalone", nodes_count: 1, quorate: true }],
      virtualizationClusters: [{ name: "pve1" }],
    });
    expect(stored.nodes).toMatchObject([{ name: "pve1", node_id: 0, online: true, local: true }]);
    expect(stored.guests).toHaveLength(3);
    expect(stored.replications).toEqual([]);
    removeGuest(cluster.world, 102, { purge: true });
    await cluster.sync();
    expect(await staleKeys(lab, cluster.endpointId)).toEqual({ guests: [102] });
  });

  test("a stand-alone node that becomes a cluster keeps its rows", async () => {
    const cluster = await lab.cluster({ clusterName: null, guests: 3 });
    await cluster.sync();
    const before = await storedInventory(lab, cluster.endpointId);
    cluster.world.clusterName = "grown";
    expect(await cluster.sync()).toMatchObject({ status: "completed", error: "" });
    const after = await storedInventory(lab, cluster.endpointId);
    expect(shape(after)).toMatchObject({
      clusters: [{ id: before.clusters[0]?.["id"], name: "grown", mode: "cluster" }],
      virtualizationClusters: [{ id: before.virtualizationClusters[0]?.["id"], name: "grown" }],
    });
    expect(after.guests).toEqual(before.guests);
  });

  test("a renamed cluster is the same cluster", async () => {
    const cluster = await lab.cluster({ clusterName: "old", guests: 3, jobs: 3 });
    await cluster.sync();
    const before = await storedInventory(lab, cluster.endpointId);
    cluster.world.clusterName = "new";
    expect(await cluster.sync()).toMatchObject({ status: "completed", error: "" });
    const after = await storedInventory(lab, cluster.endpointId);
    expect(shape(after)).toMatchObject({
      clusters: [{ id: before.clusters[0]?.["id"], name: "new" }],
      virtualizationClusters: [{ id: before.virtualizationClusters[0]?.["id"], name: "new" }],
    });
    expect([after.guests, after.storage, after.replications, after.nodes]).toEqual([
      before.guests,
      before.storage,
      before.replications,
      before.nodes,
    ]);
  });

  test("a cluster that cannot be named yet has a provisional name, and its own later", async () => {
    const cluster = await lab.cluster({ clusterName: "named", guests: 2, jobs: 2 });
    cluster.simulator.faults.add({
      path: "/cluster/status",
      times: 1,
      fault: { kind: "status", status: 403 },
    });
    await cluster.sync();
    const before = await storedInventory(lab, cluster.endpointId);
    expect(shape(before)).toMatchObject({
      clusters: [],
      virtualizationClusters: [{ name: `Proxmox ${cluster.endpointId}` }],
    });
    expect(await cluster.sync()).toMatchObject({ status: "completed", error: "" });
    const after = await storedInventory(lab, cluster.endpointId);
    expect(shape(after)).toMatchObject({
      clusters: [{ name: "named" }],
      virtualizationClusters: [{ id: before.virtualizationClusters[0]?.["id"], name: "named" }],
    });
  });

  test("a node that has not announced its address is stored without one", async () => {
    const cluster = await lab.cluster();
    const node = cluster.world.nodes.get("pve2");
    if (!node) throw new Error("the world has no node pve2");
    node.ip = null;
    await cluster.sync();
    const addresses = (await storedInventory(lab, cluster.endpointId)).nodes.map(
      ({ ip_address }) => ip_address,
    );
    expect(addresses).toEqual(["192.0.2.1", "", "192.0.2.3"]);
  });

  test("another node that answers for the cluster changes only which one is local", async () => {
    const cluster = await lab.cluster();
    await cluster.sync();
    cluster.world.localNode = "pve3";
    await cluster.sync();
    const { nodes } = await storedInventory(lab, cluster.endpointId);
    expect(nodes.map(({ name, local }) => [name, local])).toEqual([
      ["pve1", false],
      ["pve2", false],
      ["pve3", true],
    ]);
  });
});
