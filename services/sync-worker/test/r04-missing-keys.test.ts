import { afterAll, beforeAll, expect, test } from "@jest/globals";
import {
  bringNodeOnline,
  FLAVOUR_VERSIONS,
  type Flavour,
  type ReplicationJob,
  takeNodeOffline,
  type World,
} from "@proxbox/pve-simulator";
import { replicationStates, type StoredRow, storedInventory } from "./stored-inventory.ts";
import { type Lab, openLab } from "./sync-lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
});
afterAll(() => lab.close());

function jobOf(world: World, id: string): ReplicationJob {
  const job = world.jobs.get(id);
  if (!job) throw new Error(`the world has no job ${id}`);
  return job;
}

async function replication(endpointId: number, id: string): Promise<StoredRow | undefined> {
  const { replications } = await storedInventory(lab, endpointId);
  return replications.find(({ replication_id }) => replication_id === id);
}

const flavours = Object.keys(FLAVOUR_VERSIONS) as Flavour[];

test.each(flavours)(
  "keys that Proxmox VE %s stops sending become its documented defaults",
  async (flavour) => {
    const { world, endpointId, sync } = await lab.cluster({ flavour, guests: 3, jobs: 3 });
    const job = jobOf(world, "100-0");
    Object.assign(job, {
      schedule: "sat 03:00",
      rate: 12.5,
      disable: true,
      comment: "offsite",
      removeJob: "local",
      source: "pve1",
    });
    await sync();
    expect(await replication(endpointId, "100-0")).toMatchObject({
      schedule: "sat 03:00",
      rate: 12.5,
      disable: true,
      comment: "offsite",
      remove_job: "local",
      source: "pve1",
    });
    Object.assign(job, { schedule: null, rate: null, disable: null, comment: null, removeJob: null });
    await sync();
    const row = await replication(endpointId, "100-0");
    expect(row).toMatchObject({
      schedule: "*/15",
      rate: null,
      disable: false,
      comment: null,
      remove_job: null,
    });
    // What was sent stays beside it, key by key.
    expect(row?.["raw_config"]).toEqual({
      id: "100-0",
      guest: 100,
      jobnum: 0,
      type: "local",
      target: "pve2",
      source: "pve1",
    });
  },
);

test("a missing source is none, and a disable of 0 is enabled", async () => {
  const { world, endpointId, simulator, sync } = await lab.cluster({ guests: 3, jobs: 3 });
  await sync();
  expect(await replication(endpointId, "101-0")).toMatchObject({ source: "pve2" });
  // As before Proxmox VE 6.2: the runtime call would fill it in.
  simulator.faults.add({ path: "/nodes/*/replication", fault: { kind: "status", status: 500 } });
  Object.assign(jobOf(world, "101-0"), { source: null, disable: false });
  await sync();
  const row = await replication(endpointId, "101-0");
  expect(row).toMatchObject({ source: null, disable: false, raw_config: { disable: 0 } });
  expect(row?.["raw_config"]).not.toHaveProperty("source");
});

test("a node that falls silent leaves its guests' names, templates and sizes as they were", async () => {
  // The eleventh guest is a template, and lives on the second node.
  const { world, endpointId, sync } = await lab.cluster({ guests: 12, jobs: 12 });
  await sync();
  const before = await storedInventory(lab, endpointId);
  const template = before.guests.find(({ vmid }) => vmid === 110);
  expect(template).toMatchObject({ template: true, name: "mail2" });
  takeNodeOffline(world, "pve2");
  expect(await sync()).toMatchObject({ status: "completed" });
  const silent = await storedInventory(lab, endpointId);
  expect(silent.guests).toEqual(before.guests);
  const numbers = ({ max_cpu, max_memory, ssl_fingerprint, ip_address, node_id }: StoredRow) => ({
    max_cpu,
    max_memory,
    ssl_fingerprint,
    ip_address,
    node_id,
  });
  expect(silent.nodes.map(numbers)).toEqual(before.nodes.map(numbers));
  expect(silent.nodes.map(({ name, online }) => [name, online])).toEqual([
    ["pve1", true],
    ["pve2", false],
    ["pve3", true],
  ]);
  bringNodeOnline(world, "pve2");
  expect(await sync()).toMatchObject({ status: "completed" });
  const back = await storedInventory(lab, endpointId);
  expect(back.guests).toEqual(before.guests);
});

test("measurements of a silent node keep their last value", async () => {
  const { world, endpointId, sync } = await lab.cluster();
  const measured = () =>
    lab.query("select name, cpu_usage, memory_usage from proxmox_node where endpoint_id = $1 order by name", [
      endpointId,
    ]);
  await sync();
  const before = await measured();
  expect(before[1]).toEqual({ name: "pve2", cpu_usage: 0.0625, memory_usage: "48318382080" });
  takeNodeOffline(world, "pve2");
  await sync();
  expect(await measured()).toEqual(before);
});

test("a guest that was never heard of gets Proxmox's own word for nameless ones, and its name later", async () => {
  const { world, endpointId, sync } = await lab.cluster({ guests: 3, jobs: 2 });
  takeNodeOffline(world, "pve2");
  await sync();
  const named = async () =>
    (await storedInventory(lab, endpointId)).guests.map(({ vmid, name, source_name }) => ({
      vmid,
      name,
      source_name,
    }));
  expect(await named()).toContainEqual({ vmid: 101, name: "CT101", source_name: null });
  bringNodeOnline(world, "pve2");
  await sync();
  expect(await named()).toContainEqual({ vmid: 101, name: "db1", source_name: "db1" });
});

test("a node without an address keeps the one it had", async () => {
  const { world, endpointId, sync } = await lab.cluster();
  await sync();
  const node = world.nodes.get("pve3");
  if (!node) throw new Error("the world has no node pve3");
  node.ip = null;
  await sync();
  const { nodes } = await storedInventory(lab, endpointId);
  expect(nodes.map(({ ip_address }) => ip_address)).toEqual(["192.0.2.1", "192.0.2.2", "192.0.2.3"]);
});

test("without the right to see the membership, nodes keep what is known of it", async () => {
  const { simulator, endpointId, sync } = await lab.cluster();
  await sync();
  const before = await storedInventory(lab, endpointId);
  simulator.faults.add({
    path: "/cluster/status",
    fault: { kind: "status", status: 403, text: "Permission check failed (/, Sys.Audit)" },
  });
  expect(await sync()).toMatchObject({ status: "errored" });
  expect(await storedInventory(lab, endpointId)).toEqual(before);
});

test("runtime values that a node does not send are none, not the old ones", async () => {
  const { world, endpointId, sync } = await lab.cluster({ guests: 3, jobs: 3 });
  const state = world.nodes.get("pve1")?.jobStates.get("100-0");
  if (!state) throw new Error("the world has no state of 100-0");
  Object.assign(state, { failCount: 2, error: "no space left", pid: 4711 });
  await sync();
  expect(await replicationStates(lab, endpointId)).toMatchObject({ "100-0": { state: "failing" } });
  Object.assign(state, { failCount: 0, error: null, pid: null });
  await sync();
  expect(await replicationStates(lab, endpointId)).toMatchObject({
    "100-0": { state: "ok", reason: null },
  });
});
