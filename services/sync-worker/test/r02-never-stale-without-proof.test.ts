import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  buildWorld,
  FLAVOUR_VERSIONS,
  type Flavour,
  hideGuest,
  loseQuorum,
  regainQuorum,
  removeGuest,
  removeJobAtOnce,
  revokeRights,
  setView,
  takeNodeOffline,
  type View,
} from "@proxbox/pve-simulator";
import {
  ageHeldPlans,
  type Inventory,
  replicationStates,
  staleKeys,
  storedInventory,
} from "./stored-inventory.ts";
import { type Lab, type LabCluster, openLab } from "./sync-lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
});
afterAll(() => lab.close());

const stale = ({ endpointId }: LabCluster) => staleKeys(lab, endpointId);
const inventory = ({ endpointId }: LabCluster) => storedInventory(lab, endpointId);
const messages = ({ log_entries }: { log_entries: { message: string }[] }) =>
  log_entries.map(({ message }) => message).join("\n");

/** Eight guests with one job each: any single one may go without suspicion. */
async function synced(options: Parameters<Lab["cluster"]>[0] = {}): Promise<LabCluster> {
  const cluster = await lab.cluster({ guests: 8, jobs: 8, ...options });
  expect(await cluster.sync()).toMatchObject({ status: "completed", error: "" });
  return cluster;
}

const flavours = Object.keys(FLAVOUR_VERSIONS) as Flavour[];

describe("what is proven gone is marked stale, and kept", () => {
  test.each(flavours)("a removed job of Proxmox VE %s", async (flavour) => {
    const cluster = await synced({ flavour });
    const before = await inventory(cluster);
    removeJobAtOnce(cluster.world, "101-0");
    expect(await cluster.sync()).toMatchObject({ status: "completed" });
    expect(await stale(cluster)).toEqual({ replications: ["101-0"] });
    const others = ({ replications }: Inventory) =>
      replications.filter(({ replication_id }) => replication_id !== "101-0");
    expect(others(await inventory(cluster))).toEqual(others(before));
  });

  test("with the proof: calls, their times and the rights that were seen", async () => {
    const cluster = await synced();
    const begin = new Date().toISOString();
    removeJobAtOnce(cluster.world, "100-0");
    await cluster.sync();
    const [row] = (await inventory(cluster)).replications;
    const at = (call: string) => ({ call, at: expect.stringMatching(/^20\d\d-\d\d-\d\dT.*Z$/) });
    expect(row?.["stale_proof"]).toEqual({
      list: at("/cluster/replication"),
      permissions_before: at("/access/permissions"),
      permissions_after: at("/access/permissions"),
      cluster_status: at("/cluster/status"),
      visibility: at("/access/permissions?path=/vms/100"),
      identity: cluster.world.rootCaFingerprint,
      rights: "VM.Audit on /vms, propagating",
    });
    const times = JSON.stringify(row?.["stale_proof"]).match(/20\d\d-[^"]*Z/g) ?? [];
    for (const time of times) expect(time >= begin && time <= new Date().toISOString()).toBe(true);
  });

  test("with an entry in the change log that names the job", async () => {
    const cluster = await synced();
    removeJobAtOnce(cluster.world, "100-0");
    const job = await cluster.sync();
    const changes = await lab.query(
      `select c.action, c.user_name, c.changed_object_type, c.prechange_data->>'status' as before,
              c.postchange_data->>'status' as after
       from object_change c join job j on j.job_id = c.request_id where j.id = $1`,
      [job.id],
    );
    expect(changes).toEqual([
      {
        action: "update",
        user_name: "proxbox-sync",
        changed_object_type: "netbox_proxbox.replication",
        before: "active",
        after: "stale",
      },
    ]);
  });

  test("a guest removed with its jobs", async () => {
    const cluster = await synced();
    removeGuest(cluster.world, 102, { purge: true });
    await cluster.sync();
    expect(await stale(cluster)).toEqual({ guests: [102], replications: ["102-0"] });
    expect(await replicationStates(lab, cluster.endpointId)).toMatchObject({ "102-0": { state: "stale" } });
  });

  test("a guest removed without its jobs, which are orphaned and not stale", async () => {
    const cluster = await synced();
    removeGuest(cluster.world, 102, { purge: false });
    await cluster.sync();
    expect(await stale(cluster)).toEqual({ guests: [102] });
    expect(await replicationStates(lab, cluster.endpointId)).toMatchObject({
      "102-0": { state: "orphaned" },
    });
  });

  test("a storage and a node", async () => {
    const cluster = await synced({ nodes: 4, guests: 3, jobs: 3 });
    cluster.world.storages.delete("old-dir");
    cluster.world.nodes.delete("pve4");
    for (const job of cluster.world.jobs.values()) job.target = job.source === "pve1" ? "pve2" : "pve1";
    await cluster.sync();
    expect(await stale(cluster)).toEqual({ storage: ["old-dir"], nodes: ["pve4"] });
  });

  test("once: the time and the proof of its going stay", async () => {
    const cluster = await synced();
    removeJobAtOnce(cluster.world, "100-0");
    await cluster.sync();
    const gone = await inventory(cluster);
    await cluster.sync();
    expect(await inventory(cluster)).toEqual(gone);
  });

  test("and comes back as it is listed again", async () => {
    const cluster = await synced();
    const { guests: listed, jobs, storages } = structuredClone(cluster.world);
    removeGuest(cluster.world, 103, { purge: true });
    cluster.world.storages.delete("archive");
    await cluster.sync();
    expect(await stale(cluster)).toEqual({
      guests: [103],
      replications: ["103-0"],
      storage: ["archive"],
    });
    Object.assign(cluster.world, { guests: listed, jobs, storages });
    expect(await cluster.sync()).toMatchObject({ status: "completed" });
    expect(await stale(cluster)).toEqual({});
    const { replications, guests, storage } = await inventory(cluster);
    expect([...replications, ...guests, ...storage].filter((row) => row["stale_proof"] !== null)).toEqual([]);
    expect(replications.filter(({ status }) => status !== "active")).toEqual([]);
  });
});

describe("a limited view hides and proves nothing", () => {
  const views: View[] = [
    { kind: "partial", vmids: [100, 101] },
    { kind: "hole", vmids: [104, 105] },
    { kind: "no-propagation" },
    { kind: "none" },
  ];
  const cases = flavours.flatMap((flavour) => views.map((view) => ({ flavour, view, kind: view.kind })));

  test.each(cases)("$kind, Proxmox VE $flavour", async ({ flavour, view }) => {
    const cluster = await synced({ flavour });
    const before = await inventory(cluster);
    // One job that the view hides is really gone: nobody can know. Nor can a job that it may show.
    const [hidden, shown] = [cluster.world.jobs.get("105-0"), cluster.world.jobs.get("100-0")];
    if (!hidden || !shown) throw new Error("the world is not as expected");
    removeJobAtOnce(cluster.world, "105-0");
    if (view.kind !== "hole") removeJobAtOnce(cluster.world, "100-0");
    setView(cluster.world, view);
    const job = await cluster.sync();
    expect(await stale(cluster)).toEqual({});
    const during = await inventory(cluster);
    expect(during.replications).toEqual(before.replications);
    expect(during.guests).toEqual(before.guests);
    expect(during.storage).toEqual(before.storage);
    const refuses = ["6.4", "7.4", "8.1"].includes(flavour);
    if (refuses) {
      expect(job.status).toBe("errored");
      expect(messages(job)).toMatch(
        /replications: \/cluster\/replication: .*VM\.Audit on \/vms\/\d+ is missing/,
      );
    }
    if (!refuses || view.kind !== "hole") expect(messages(job)).toMatch(/not proven gone/);
    setView(cluster.world, { kind: "full" });
    cluster.world.jobs.set("105-0", hidden);
    cluster.world.jobs.set("100-0", shown);
    expect(await cluster.sync()).toMatchObject({ status: "completed", error: "" });
    expect(await stale(cluster)).toEqual({});
  });

  test("a right on /vms that does not reach below it, whatever single guests it shows", async () => {
    const cluster = await synced();
    setView(cluster.world, { kind: "partial", vmids: [100] });
    const [entry] = cluster.world.acl.filter(({ path }) => path === "/vms/100");
    if (!entry) throw new Error("the world is not as expected");
    cluster.world.acl.push({ ...entry, path: "/vms", propagate: false });
    removeJobAtOnce(cluster.world, "100-0");
    const job = await cluster.sync();
    expect(await stale(cluster)).toEqual({});
    expect(messages(job)).toContain("the credentials lack VM.Audit on /vms with propagation");
  });

  test("beside a hole, what is visible and gone is still proven", async () => {
    const cluster = await synced();
    setView(cluster.world, { kind: "hole", vmids: [104] });
    removeJobAtOnce(cluster.world, "100-0");
    const job = await cluster.sync();
    expect(await stale(cluster)).toEqual({ replications: ["100-0"] });
    expect(messages(job)).toContain("the credentials may not see /vms/104");
  });

  test("a right that is lost between the two looks at it", async () => {
    const cluster = await synced();
    const before = await inventory(cluster);
    for (const path of ["/cluster/resources", "/cluster/replication"]) {
      const fault = cluster.simulator.faults.add({
        path,
        times: 1,
        fault: { kind: "event", apply: revokeRights },
      });
      await cluster.sync();
      expect(fault.hits).toBe(1);
      expect(await stale(cluster)).toEqual({});
      setView(cluster.world, { kind: "full" });
      await cluster.sync();
    }
    expect(await inventory(cluster)).toEqual(before);
  });

  test("a right that is lost and back between the two looks at it", async () => {
    const cluster = await synced();
    const { faults } = cluster.simulator;
    faults.add({ path: "/cluster/replication", times: 1, fault: { kind: "event", apply: revokeRights } });
    faults.add({
      path: "/access/permissions",
      skip: 1,
      times: 1,
      fault: { kind: "event", apply: (world) => setView(world, { kind: "full" }) },
    });
    const job = await cluster.sync();
    expect(await stale(cluster)).toEqual({});
    expect(messages(job)).toContain("8 replications would go stale at once");
    await cluster.sync();
    await ageHeldPlans(lab, cluster.endpointId, 3600);
    removeJobAtOnce(cluster.world, "100-0");
    await cluster.sync();
    expect(await stale(cluster)).toEqual({ replications: ["100-0"] });
  });

  test("a guest that is hidden between the list and the look at its path", async () => {
    const cluster = await synced();
    removeJobAtOnce(cluster.world, "106-0");
    cluster.simulator.faults.add({
      path: "/access/permissions",
      skip: 1,
      fault: { kind: "event", apply: (world) => hideGuest(world, 106) },
    });
    await cluster.sync();
    expect(await stale(cluster)).toEqual({});
  });
});

describe("trouble is no proof", () => {
  test("a cluster without quorum answers from old files", async () => {
    const cluster = await synced();
    loseQuorum(cluster.world);
    removeJobAtOnce(cluster.world, "100-0");
    cluster.world.storages.delete("old-dir");
    removeGuest(cluster.world, 107, { purge: true });
    expect(await cluster.sync()).toMatchObject({ status: "errored" });
    expect(await stale(cluster)).toEqual({});
    regainQuorum(cluster.world);
    await cluster.sync();
    expect(await stale(cluster)).toEqual({
      guests: [107],
      replications: ["100-0", "107-0"],
      storage: ["old-dir"],
    });
  });

  test("an offline node makes nothing stale, and keeps nothing from it", async () => {
    const cluster = await synced();
    takeNodeOffline(cluster.world, "pve2");
    removeJobAtOnce(cluster.world, "100-0");
    removeJobAtOnce(cluster.world, "101-0");
    await cluster.sync();
    expect(await stale(cluster)).toEqual({ replications: ["100-0", "101-0"] });
  });

  test("an endpoint that cannot be reached", async () => {
    const cluster = await synced();
    const before = await inventory(cluster);
    await cluster.simulator.close();
    const job = await cluster.sync();
    expect(job).toMatchObject({ status: "errored" });
    expect(job.error).toContain("refused the connection");
    expect(await inventory(cluster)).toEqual(before);
  });

  const lists = ["/nodes", "/storage", "/cluster/resources", "/cluster/replication", "/nodes/*/replication"];
  const nonsense = [null, {}, { "100-0": {} }, "", "100-0", 0, true, [null], ["100-0"], [[]], [{}]];
  test.each(lists)("a 200 of %s that holds no list", async (path) => {
    const cluster = await synced();
    const before = await inventory(cluster);
    for (const data of nonsense) {
      cluster.simulator.faults.add({ path, fault: { kind: "data", data } });
      const { status } = await cluster.sync();
      expect({ sent: data, status }).toEqual({ sent: data, status: "errored" });
      expect(await inventory(cluster)).toEqual(before);
      cluster.simulator.faults.clear();
    }
  });

  test.each(lists)("half an answer of %s", async (path) => {
    const cluster = await synced();
    const before = await inventory(cluster);
    for (const kind of ["truncated-body", "malformed-json"] as const) {
      cluster.simulator.faults.add({ path, fault: { kind } });
      expect(await cluster.sync()).toMatchObject({ status: "errored" });
      expect(await inventory(cluster)).toEqual(before);
      cluster.simulator.faults.clear();
    }
  });

  test("one broken section of Proxmox's file, which breaks the whole list", async () => {
    const cluster = await synced();
    const before = await inventory(cluster);
    const job = cluster.world.jobs.get("104-0");
    if (!job) throw new Error("the world is not as expected");
    job.target = null;
    expect(await cluster.sync()).toMatchObject({ status: "errored" });
    expect(await inventory(cluster)).toEqual(before);
  });
});

describe("only the very cluster can tell", () => {
  test("another cluster at the same address is refused, and nothing is written", async () => {
    const cluster = await synced();
    const before = await inventory(cluster);
    const home = cluster.simulator.world;
    cluster.simulator.world = buildWorld({ clusterName: "other", seed: 990, guests: 2, jobs: 1 });
    const job = await cluster.sync();
    expect(job).toMatchObject({ status: "errored" });
    expect(job.error).toContain("Another cluster answers at this address");
    expect(await inventory(cluster)).toEqual(before);
    cluster.simulator.world = home;
    expect(await cluster.sync()).toMatchObject({ status: "completed" });
    expect(await inventory(cluster)).toEqual(before);
  });

  test("a second endpoint of one cluster is refused, naming the first", async () => {
    const cluster = await synced({ name: "first of two" });
    const before = await inventory(cluster);
    const second = await lab.addEndpoint(cluster.simulator, "second of two");
    const job = await lab.sync(second);
    expect(job).toMatchObject({ status: "errored" });
    expect(job.error).toContain('The endpoint "first of two" is the same cluster already');
    expect(Object.values(await storedInventory(lab, second)).flat()).toEqual([]);
    expect(await inventory(cluster)).toEqual(before);
    await lab.query("update endpoint set enabled = false where id = $1", [cluster.endpointId]);
    expect(await lab.sync(second)).toMatchObject({ status: "completed" });
    expect(await inventory(cluster)).toEqual(before);
  });

  test("an identity that is learned only now proves nothing yet", async () => {
    const cluster = await lab.cluster({ guests: 8, jobs: 8 });
    cluster.simulator.faults.add({
      path: "/nodes/*/certificates/info",
      times: 1,
      fault: { kind: "status", status: 500 },
    });
    await cluster.sync();
    removeJobAtOnce(cluster.world, "100-0");
    await cluster.sync();
    expect(await stale(cluster)).toEqual({});
    await cluster.sync();
    expect(await stale(cluster)).toEqual({ replications: ["100-0"] });
  });

  test("a cluster that shows no cluster any more proves nothing, however often it is asked", async () => {
    const cluster = await synced();
    const before = await inventory(cluster);
    cluster.world.clusterName = null;
    removeJobAtOnce(cluster.world, "100-0");
    for (const time of ["first", "second", "third"]) {
      await cluster.sync();
      expect({ time, stale: await stale(cluster) }).toEqual({ time, stale: {} });
    }
    expect((await inventory(cluster)).clusters).toEqual(before.clusters);
  });

  test("what vanishes from one cluster leaves the same of another alone", async () => {
    const one = await synced({ clusterName: "twin" });
    const other = await synced({ clusterName: "twin" });
    const before = await inventory(other);
    removeJobAtOnce(one.world, "100-0");
    removeGuest(one.world, 103, { purge: true });
    one.world.storages.delete("old-dir");
    await one.sync();
    await other.sync();
    expect(await stale(one)).toEqual({
      guests: [103],
      replications: ["100-0", "103-0"],
      storage: ["old-dir"],
    });
    expect(await inventory(other)).toEqual(before);
  });
});

test("a sync of one kind proves nothing about the others", async () => {
  const cluster = await synced();
  removeJobAtOnce(cluster.world, "100-0");
  removeGuest(cluster.world, 107, { purge: true });
  cluster.world.storages.delete("old-dir");
  await cluster.sync(["devices"]);
  expect(await stale(cluster)).toEqual({});
  await cluster.sync(["storage"]);
  expect(await stale(cluster)).toEqual({ storage: ["old-dir"] });
  await cluster.sync(["virtual-machines"]);
  expect(await stale(cluster)).toEqual({ storage: ["old-dir"], guests: [107] });
  await cluster.sync(["replications"]);
  expect(await stale(cluster)).toEqual({
    storage: ["old-dir"],
    guests: [107],
    replications: ["100-0", "107-0"],
  });
});
