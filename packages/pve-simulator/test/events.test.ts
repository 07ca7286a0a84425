import { describe, expect, test } from "@jest/globals";
import {
  becomeCluster,
  buildWorld,
  deleteToken,
  emptyCluster,
  finishJobRemoval,
  migrateGuest,
  regainQuorum,
  loseQuorum,
  removeGuest,
  removeJobAtOnce,
  runJob,
  startJobRemoval,
  stealGuest,
  takeNodeOffline,
} from "@proxbox/pve-simulator";
import { get, getEntry, getList, simulateNew } from "./client.ts";

describe("events", () => {
  test("a removal keeps the job listed until it is finished", async () => {
    const { world, simulator } = await simulateNew();
    startJobRemoval(world, "100-0", "local");
    expect(await getEntry(simulator, "/cluster/replication", ["id", "100-0"])).toMatchObject({
      remove_job: "local",
    });
    finishJobRemoval(world, "100-0");
    expect((await get(simulator, "/cluster/replication/100-0")).status).toBe(500);
    removeJobAtOnce(world, "101-0");
    expect((await get(simulator, "/cluster/replication/101-0")).status).toBe(500);
    expect(world.nodes.get("pve2")?.jobStates.has("101-0")).toBe(false);
  });

  test("a migration turns the job of the new node around and follows with the others", async () => {
    const { world, simulator } = await simulateNew();
    migrateGuest(world, 100, "pve2");
    const jobs = await getList(simulator, "/cluster/replication");
    expect(jobs.find(({ id }) => id === "100-0")).toMatchObject({ source: "pve2", target: "pve1" });
    expect(jobs.find(({ id }) => id === "100-1")).toMatchObject({ source: "pve2", target: "pve3" });
  });

  test("a migration to a node that is no target keeps the targets", async () => {
    const { world, simulator } = await simulateNew({ nodes: 4, jobs: 12 });
    migrateGuest(world, 100, "pve4");
    expect(await getEntry(simulator, "/cluster/replication", ["id", "100-0"])).toMatchObject({
      source: "pve4",
      target: "pve2",
    });
  });

  test("a removed guest takes its jobs along only when purged", () => {
    const world = buildWorld();
    removeGuest(world, 100, { purge: true });
    removeGuest(world, 101, { purge: false });
    expect([...world.jobs.keys()].filter((id) => id.startsWith("100-"))).toEqual([]);
    expect(world.jobs.has("101-0")).toBe(true);
    expect(world.guests.has(101)).toBe(false);
  });

  test("an emptied cluster answers with empty lists and its old identity", async () => {
    const { world, simulator } = await simulateNew();
    const identity = world.rootCaFingerprint;
    emptyCluster(world);
    expect(await getList(simulator, "/cluster/replication")).toEqual([]);
    expect(await getList(simulator, "/nodes/pve1/replication")).toEqual([]);
    expect(await getList(simulator, "/cluster/resources?type=vm")).toEqual([]);
    expect(world.rootCaFingerprint).toBe(identity);
  });

  test("another cluster may take the address, in the same world or as another one", async () => {
    const { world, simulator } = await simulateNew();
    const root = async () =>
      (await getEntry(simulator, "/nodes/pve1/certificates/info", ["filename", "pve-root-ca.pem"]))[
        "fingerprint"
      ];
    const seen = new Set([await root()]);
    const other = buildWorld({ clusterName: "beta", guests: 2 });
    becomeCluster(world, other);
    seen.add(await root());
    world.guests.clear();
    expect(other.guests.size).toBe(2);
    simulator.world = buildWorld({ clusterName: "gamma" });
    seen.add(await root());
    expect(seen.size).toBe(3);
  });

  test("a deleted token is a 401, lost quorum comes back", async () => {
    const { world, simulator } = await simulateNew();
    loseQuorum(world);
    regainQuorum(world);
    expect((await get(simulator, "/nodes/pve1/replication")).status).toBe(200);
    deleteToken(world);
    expect((await get(simulator, "/version")).status).toBe(401);
  });

  test("what cannot happen throws", () => {
    const world = buildWorld();
    expect(() => takeNodeOffline(world, "pve1")).toThrow(/answers for the world/);
    expect(() => takeNodeOffline(world, "pve9")).toThrow("the world has no node pve9");
    expect(() => stealGuest(world, 999, "pve2")).toThrow("the world has no guest 999");
    expect(() => finishJobRemoval(world, "100-0")).toThrow("job 100-0 is not being removed");
    expect(() => runJob(world, "999-0", { kind: "running", at: 1, pid: 1 })).toThrow(
      "the world has no job 999-0",
    );
  });
});
