import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { loseQuorum, regainQuorum, removeJobAtOnce, revokeRights, setView } from "@proxbox/pve-simulator";
import { ageHeldPlans, staleKeys, storedInventory } from "./stored-inventory.ts";
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

async function synced(options: Parameters<Lab["cluster"]>[0] = {}): Promise<LabCluster> {
  const cluster = await lab.cluster({ guests: 8, jobs: 8, ...options });
  expect(await cluster.sync()).toMatchObject({ status: "completed", error: "" });
  return cluster;
}

const empty = ({ world }: LabCluster) => {
  const kept = { guests: new Map(world.guests), jobs: new Map(world.jobs) };
  world.guests.clear();
  world.jobs.clear();
  return () => {
    for (const [vmid, guest] of kept.guests) world.guests.set(vmid, guest);
    for (const [id, job] of kept.jobs) world.jobs.set(id, job);
  };
};
const everything = {
  guests: [100, 101, 102, 103, 104, 105, 106, 107],
  replications: [100, 101, 102, 103, 104, 105, 106, 107].map((vmid) => `${vmid}-0`),
};

test("everything, until a complete sync at least a minute later agrees", async () => {
  const cluster = await synced();
  const before = await inventory(cluster);
  empty(cluster);
  const job = await cluster.sync();
  expect(messages(job)).toMatch(/8 guests would go stale at once/);
  expect(messages(job)).toMatch(/8 replications would go stale at once/);
  expect(await inventory(cluster)).toEqual(before);
  await cluster.sync();
  await ageHeldPlans(lab, cluster.endpointId, 55);
  await cluster.sync();
  expect(await stale(cluster)).toEqual({});
  await ageHeldPlans(lab, cluster.endpointId, 6);
  await cluster.sync();
  expect(await stale(cluster)).toEqual(everything);
  const held = await lab.query("select 1 from held_plan where endpoint_id = $1", [cluster.endpointId]);
  expect(held).toEqual([]);
});

test("a sync that sees less does not count as the second opinion", async () => {
  const cluster = await synced();
  const before = await inventory(cluster);
  empty(cluster);
  await cluster.sync();
  await ageHeldPlans(lab, cluster.endpointId, 3600);
  const { faults } = cluster.simulator;
  const obstacles = [
    () => revokeRights(cluster.world),
    () => loseQuorum(cluster.world),
    () => faults.add({ path: "/**", fault: { kind: "reset" } }),
    () => faults.add({ path: "/access/permissions", skip: 1, fault: { kind: "status", status: 500 } }),
    () => faults.add({ path: "/cluster/status", fault: { kind: "status", status: 595 } }),
    () => faults.add({ path: "/nodes/*/certificates/info", fault: { kind: "malformed-json" } }),
  ];
  for (const obstruct of obstacles) {
    obstruct();
    await cluster.sync();
    expect(await inventory(cluster)).toMatchObject({
      guests: before.guests,
      replications: before.replications,
    });
    setView(cluster.world, { kind: "full" });
    regainQuorum(cluster.world);
    faults.clear();
  }
  await cluster.sync();
  expect(await stale(cluster)).toEqual(everything);
});

test("what came back in between was no second opinion: a later loss waits again", async () => {
  const cluster = await synced();
  const restore = empty(cluster);
  await cluster.sync();
  restore();
  await cluster.sync();
  empty(cluster);
  await ageHeldPlans(lab, cluster.endpointId, 3600);
  await cluster.sync();
  expect(await stale(cluster)).toEqual({});
});

test("more that vanishes later begins to wait anew", async () => {
  const cluster = await synced();
  for (const id of ["100-0", "101-0", "102-0", "103-0", "104-0", "105-0"]) {
    removeJobAtOnce(cluster.world, id);
  }
  await cluster.sync();
  await ageHeldPlans(lab, cluster.endpointId, 3600);
  removeJobAtOnce(cluster.world, "106-0");
  await cluster.sync();
  expect(await stale(cluster)).toEqual({});
  await ageHeldPlans(lab, cluster.endpointId, 61);
  await cluster.sync();
  expect((await stale(cluster)).replications).toHaveLength(7);
});

test.each([
  { jobs: 12, gone: 7, held: true, why: "more than half" },
  { jobs: 12, gone: 6, held: false, why: "half is not more than half" },
  { jobs: 6, gone: 4, held: false, why: "more than half, but few" },
  { jobs: 8, gone: 5, held: true, why: "more than half, and just enough" },
  { jobs: 2, gone: 2, held: true, why: "few, but all" },
  { jobs: 1, gone: 1, held: true, why: "the only one" },
])("$gone of $jobs replications: held is $held ($why)", async ({ jobs, gone, held }) => {
  const cluster = await synced({ guests: 12, jobs });
  const ids = [...cluster.world.jobs.keys()].slice(0, gone);
  for (const id of ids) removeJobAtOnce(cluster.world, id);
  await cluster.sync();
  expect((await stale(cluster)).replications ?? []).toEqual(held ? [] : ids);
  if (!held) return;
  await ageHeldPlans(lab, cluster.endpointId, 61);
  await cluster.sync();
  expect((await stale(cluster)).replications).toEqual(ids);
});

test("storages too", async () => {
  const cluster = await synced();
  cluster.world.storages.clear();
  await cluster.sync();
  expect(await stale(cluster)).toEqual({});
  await ageHeldPlans(lab, cluster.endpointId, 61);
  await cluster.sync();
  expect((await stale(cluster)).storage).toHaveLength(4);
});
