import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  bringNodeOnline,
  finishJobRemoval,
  hideGuest,
  migrateGuest,
  removeGuest,
  removeJobAtOnce,
  type ReplicationJob,
  runJob,
  startJobRemoval,
  stealGuest,
  takeNodeOffline,
  type World,
} from "@proxbox/pve-simulator";
import { replicationStates, storedInventory, storedRuntime } from "./stored-inventory.ts";
import { type ClusterOptions, type Lab, type LabCluster, openLab } from "./sync-lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
});
afterAll(() => lab.close());

const states = ({ endpointId }: LabCluster) => replicationStates(lab, endpointId);
const runtime = ({ endpointId }: LabCluster, id: string) => storedRuntime(lab, endpointId, id);
const state = async (cluster: LabCluster, id: string) => (await states(cluster))[id];
const replication = async ({ endpointId }: LabCluster, id: string) =>
  (await storedInventory(lab, endpointId)).replications.find(({ replication_id }) => replication_id === id);

async function synced(options: ClusterOptions = {}): Promise<LabCluster> {
  const cluster = await lab.cluster({ guests: 12, jobs: 12, ...options });
  expect(await cluster.sync()).toMatchObject({ status: "completed" });
  return cluster;
}

function jobOf(world: World, id: string): ReplicationJob {
  const job = world.jobs.get(id);
  if (!job) throw new Error(`the world has no job ${id}`);
  return job;
}

const known = { unknown: null };
const seconds = () => Math.floor(Date.now() / 1000);

describe("a state that Proxmox tells", () => {
  test("overdue: the last success is older than the schedule allows, twice over", async () => {
    const cluster = await synced();
    jobOf(cluster.world, "100-0").schedule = "*/15";
    runJob(cluster.world, "100-0", { kind: "succeeded", at: seconds() - 1700, duration: 1 });
    await cluster.sync();
    expect(await state(cluster, "100-0")).toEqual({ ...known, state: "ok", reason: null });
    runJob(cluster.world, "100-0", { kind: "succeeded", at: seconds() - 1900, duration: 1 });
    await cluster.sync();
    expect(await state(cluster, "100-0")).toMatchObject({
      ...known,
      state: "overdue",
      reason: expect.stringContaining("the schedule */15"),
    });
    jobOf(cluster.world, "100-0").schedule = "2030-01-01";
    await cluster.sync();
    expect(await state(cluster, "100-0")).toEqual({ ...known, state: "ok", reason: null });
  });

  test("ok, failing, syncing, never-synced, disabled: as a cluster has them", async () => {
    const cluster = await synced();
    const all = await states(cluster);
    expect(all["100-0"]).toEqual({ ...known, state: "ok", reason: null });
    expect(all["103-0"]).toEqual({ ...known, state: "disabled", reason: "Disabled in Proxmox." });
    expect(all["105-0"]).toMatchObject({
      ...known,
      state: "failing",
      reason: expect.stringContaining("Connection timed out"),
    });
    expect(all["107-0"]).toEqual({ ...known, state: "never-synced", reason: null });
    expect(all["109-0"]).toEqual({ ...known, state: "syncing", reason: null });
    const others = Object.entries(all).filter(([id]) => !/^10[3579]-0$/.test(id));
    expect(others.map(([, one]) => one.state)).toEqual(Array.from({ length: 8 }, () => "ok"));
  });

  test("from the first run to a failure and back, with the runtime of each", async () => {
    const cluster = await synced();
    const at = seconds() - 600;
    runJob(cluster.world, "107-0", { kind: "running", at, pid: 4711 });
    await cluster.sync();
    expect(await state(cluster, "107-0")).toMatchObject({ state: "syncing" });
    expect(await runtime(cluster, "107-0")).toMatchObject({ last_try: at, last_sync: null, pid: 4711 });
    runJob(cluster.world, "107-0", { kind: "failed", at, duration: 2.5, error: "no space left" });
    await cluster.sync();
    expect(await state(cluster, "107-0")).toEqual({ ...known, state: "failing", reason: "no space left" });
    expect(await runtime(cluster, "107-0")).toMatchObject({ fail_count: 1, duration: 2.5, pid: null });
    runJob(cluster.world, "107-0", { kind: "running", at: at + 60, pid: 4712 });
    await cluster.sync();
    expect(await state(cluster, "107-0")).toMatchObject({ state: "failing", reason: "no space left" });
    runJob(cluster.world, "107-0", { kind: "succeeded", at: at + 60, duration: 9.7e-5 });
    await cluster.sync();
    expect(await state(cluster, "107-0")).toEqual({ ...known, state: "ok", reason: null });
    expect(await runtime(cluster, "107-0")).toMatchObject({
      last_try: at + 60,
      last_sync: at + 60,
      fail_count: 0,
      duration: 9.7e-5,
      error: null,
    });
  });

  test("removing, until the job is gone: then stale", async () => {
    const cluster = await synced();
    startJobRemoval(cluster.world, "105-0", "local");
    await cluster.sync();
    expect(await state(cluster, "105-0")).toEqual({
      ...known,
      state: "removing",
      reason: "Proxmox is removing this replication.",
    });
    expect(await replication(cluster, "105-0")).toMatchObject({ remove_job: "local", status: "active" });
    finishJobRemoval(cluster.world, "105-0");
    await cluster.sync();
    expect(await state(cluster, "105-0")).toMatchObject({ state: "stale" });
    expect(await replication(cluster, "105-0")).toMatchObject({
      status: "stale",
      raw_config: { remove_job: "local" },
    });
  });

  test("stale, and orphaned as the guest went without its job", async () => {
    const cluster = await synced();
    removeJobAtOnce(cluster.world, "100-0");
    removeGuest(cluster.world, 101, { purge: false });
    await cluster.sync();
    expect(await states(cluster)).toMatchObject({
      "100-0": { ...known, state: "stale", reason: "Proxmox no longer has this replication." },
      "101-0": { ...known, state: "orphaned", reason: "Guest 101 does not exist any more." },
    });
  });

  test("disabled and failing at once: disabled comes first", async () => {
    const cluster = await synced();
    jobOf(cluster.world, "105-0").disable = true;
    await cluster.sync();
    expect(await state(cluster, "105-0")).toMatchObject({ state: "disabled" });
  });
});

describe("a state is unknown, with the reason and the last good values", () => {
  test("as the guest's node is offline, until it is back", async () => {
    const cluster = await synced();
    const before = await states(cluster);
    const last = await runtime(cluster, "101-0");
    expect(last?.["last_sync"]).not.toBeNull();
    takeNodeOffline(cluster.world, "pve2");
    expect(await cluster.sync()).toMatchObject({ status: "completed" });
    expect(await states(cluster)).toEqual({
      ...before,
      ...Object.fromEntries(
        ["101-0", "104-0", "107-0", "110-0"].map((id) => [
          id,
          {
            state: "unknown",
            unknown: "node-silent",
            reason: "Node pve2 gave no state: node pve2 is offline",
          },
        ]),
      ),
    });
    expect(await runtime(cluster, "101-0")).toEqual(last);
    bringNodeOnline(cluster.world, "pve2");
    await cluster.sync();
    expect(await states(cluster)).toEqual(before);
  });

  test("as the node cannot be reached, or somebody holds the lock, or there is no quorum", async () => {
    const cluster = await synced();
    const node = cluster.simulator.faults.add({
      path: "/nodes/pve1/replication",
      fault: { kind: "status", status: 595 },
    });
    await cluster.sync();
    expect(await state(cluster, "100-0")).toMatchObject({
      unknown: "node-silent",
      reason: expect.stringContaining("595 No route to host"),
    });
    expect(await state(cluster, "101-0")).toMatchObject({ state: "ok" });
    cluster.simulator.faults.remove(node.id);
    cluster.world.replicationLockHeld = true;
    await cluster.sync();
    expect(await state(cluster, "101-0")).toMatchObject({
      unknown: "node-silent",
      reason: expect.stringContaining("got lock request timeout"),
    });
    cluster.world.replicationLockHeld = false;
    cluster.world.quorate = false;
    await cluster.sync();
    expect(await state(cluster, "102-0")).toMatchObject({
      unknown: "node-silent",
      reason: expect.stringContaining("no quorum"),
    });
  });

  test("as the whole endpoint is silent; what the configuration says stays known", async () => {
    const cluster = await synced();
    startJobRemoval(cluster.world, "104-0");
    await cluster.sync();
    const before = await states(cluster);
    cluster.simulator.faults.add({ path: "/**", fault: { kind: "reset" } });
    await cluster.sync();
    const silent = await states(cluster);
    for (const [id, one] of Object.entries(silent)) {
      if (["103-0", "104-0"].includes(id)) expect(one).toEqual(before[id]);
      else {
        expect(one).toMatchObject({
          unknown: "node-silent",
          reason: expect.stringContaining("broke the connection off"),
        });
      }
    }
  });

  test("as a node may not be read on account of one hidden guest (before 9)", async () => {
    const cluster = await synced({ flavour: "8.4" });
    hideGuest(cluster.world, 100);
    await cluster.sync();
    expect(await state(cluster, "106-0")).toMatchObject({
      unknown: "node-silent",
      reason: expect.stringContaining("VM.Audit on /vms/100 is missing"),
    });
    expect(await state(cluster, "101-0")).toMatchObject({ state: "ok" });
  });

  test("as the node of the guest was never asked", async () => {
    const cluster = await synced({ nodes: 4, guests: 3, jobs: 3 });
    migrateGuest(cluster.world, 100, "pve4");
    await lab.query(
      "delete from node_observation where node_id = (select id from proxmox_node where endpoint_id = $1 and name = 'pve4')",
      [cluster.endpointId],
    );
    await cluster.sync(["virtual-machines"]);
    expect(await state(cluster, "100-0")).toEqual({
      state: "unknown",
      unknown: "node-not-observed",
      reason: "Node pve4 was not asked yet: sync the endpoint.",
    });
    await cluster.sync();
    expect(await state(cluster, "100-0")).toMatchObject({ state: "ok" });
  });

  test("as the node of the guest is not known", async () => {
    const cluster = await lab.cluster();
    cluster.simulator.faults.add({ path: "/nodes", times: 1, fault: { kind: "status", status: 500 } });
    await cluster.sync();
    expect(await state(cluster, "100-0")).toEqual({
      state: "unknown",
      unknown: "node-not-known",
      reason: "The node of the guest is not known yet: sync the devices of the endpoint.",
    });
    await cluster.sync();
    expect(await state(cluster, "100-0")).toMatchObject({ state: "ok" });
  });

  test("as the target is the very node that the guest lives on", async () => {
    const cluster = await synced();
    stealGuest(cluster.world, 100, "pve2");
    // Proxmox repairs that as soon as the node's state is read; here it cannot be.
    cluster.simulator.faults.add({ path: "/nodes/*/replication", fault: { kind: "status", status: 500 } });
    await cluster.sync();
    expect(await state(cluster, "100-0")).toEqual({
      state: "unknown",
      unknown: "target-is-source",
      reason: "The target pve2 is the node that the guest lives on, so Proxmox runs no replication.",
    });
    cluster.simulator.faults.clear();
    await cluster.sync();
    expect(await replication(cluster, "100-0")).toMatchObject({ source: "pve2", target: "pve1" });
  });

  test("as the node answers and does not list the job, with the last good values", async () => {
    const cluster = await synced();
    const last = await runtime(cluster, "100-0");
    cluster.simulator.faults.add({ path: "/nodes/pve1/replication", fault: { kind: "data", data: [] } });
    await cluster.sync();
    expect(await state(cluster, "100-0")).toMatchObject({ state: "unknown", unknown: "not-listed" });
    expect(await runtime(cluster, "100-0")).toEqual({ ...last, listed: false });
    cluster.simulator.faults.clear();
    await cluster.sync();
    expect(await state(cluster, "100-0")).toMatchObject({ state: "ok" });
  });
});

describe("a guest that moves", () => {
  test("to a replication target turns its jobs around, and they keep their state", async () => {
    const cluster = await synced({ guests: 4, jobs: 8 });
    const [turned, other] = [await runtime(cluster, "100-0"), await runtime(cluster, "100-1")];
    expect(await replication(cluster, "100-0")).toMatchObject({ source: "pve1", target: "pve2" });
    migrateGuest(cluster.world, 100, "pve2");
    await cluster.sync();
    expect(await replication(cluster, "100-0")).toMatchObject({ source: "pve2", target: "pve1" });
    expect(await replication(cluster, "100-1")).toMatchObject({ source: "pve2", target: "pve3" });
    expect(await state(cluster, "100-0")).toMatchObject({ state: "ok" });
    expect(await runtime(cluster, "100-0")).toEqual(turned);
    expect(await runtime(cluster, "100-1")).toEqual(other);
  });

  test("by hand loses its state: the last good values stay until the next run", async () => {
    const cluster = await synced({ guests: 4, jobs: 8 });
    const last = await runtime(cluster, "100-0");
    stealGuest(cluster.world, 100, "pve2");
    await cluster.sync();
    // Reading the state made Proxmox repair its configuration, and that was read after it.
    expect(await replication(cluster, "100-0")).toMatchObject({ source: "pve2", target: "pve1" });
    expect(await state(cluster, "100-0")).toEqual({
      state: "unknown",
      unknown: "state-lost",
      reason: "Node pve2 has no record of an earlier replication: its next successful run will tell.",
    });
    expect(await runtime(cluster, "100-0")).toMatchObject({
      state_lost: true,
      last_sync: last?.["last_sync"],
      duration: last?.["duration"],
    });
    await cluster.sync();
    expect(await state(cluster, "100-0")).toMatchObject({ unknown: "state-lost" });
    const at = seconds();
    runJob(cluster.world, "100-0", { kind: "succeeded", at, duration: 12 });
    await cluster.sync();
    expect(await state(cluster, "100-0")).toMatchObject({ state: "ok" });
    expect(await runtime(cluster, "100-0")).toMatchObject({ state_lost: false, last_sync: at, duration: 12 });
  });

  test("has the comments that it had, although the repairing answer holds them half decoded", async () => {
    for (const flavour of ["6.4", "7.4", "8.4", "9.2"] as const) {
      const cluster = await synced({ flavour });
      const comment = "Größe geprüft ✓\nzweite Zeile";
      expect(await replication(cluster, "102-0")).toMatchObject({ comment });
      stealGuest(cluster.world, 102, "pve2");
      expect(await cluster.sync()).toMatchObject({ status: "completed" });
      expect(await replication(cluster, "102-0")).toMatchObject({ comment, guest: 102, source: "pve2" });
      expect(cluster.simulator.violations()).toEqual([]);
    }
  });
});

describe("an id that is used again", () => {
  test("for another target is a new job: what it looks like has nothing of the old one", async () => {
    const cluster = await synced();
    const job = jobOf(cluster.world, "100-0");
    removeJobAtOnce(cluster.world, "100-0");
    cluster.world.jobs.set("100-0", { ...job, target: "pve3" });
    await cluster.sync();
    expect(await state(cluster, "100-0")).toMatchObject({ state: "never-synced" });
    expect(await runtime(cluster, "100-0")).toMatchObject({ last_sync: null, state_lost: false });
  });

  test("after it was proven gone is a new job too", async () => {
    const cluster = await synced();
    const job = jobOf(cluster.world, "100-0");
    removeJobAtOnce(cluster.world, "100-0");
    await cluster.sync();
    expect(await state(cluster, "100-0")).toMatchObject({ state: "stale" });
    cluster.world.jobs.set("100-0", job);
    await cluster.sync();
    expect(await state(cluster, "100-0")).toMatchObject({ state: "never-synced" });
    expect(await runtime(cluster, "100-0")).toMatchObject({ last_sync: null, state_lost: false });
  });
});

test("what the nodes tell is believed also while the configuration cannot be read", async () => {
  const cluster = await synced();
  runJob(cluster.world, "100-0", { kind: "failed", at: seconds(), duration: 1, error: "target is full" });
  cluster.simulator.faults.add({ path: "/cluster/replication", fault: { kind: "status", status: 500 } });
  expect(await cluster.sync()).toMatchObject({ status: "errored" });
  expect(await state(cluster, "100-0")).toMatchObject({ state: "failing", reason: "target is full" });
});
