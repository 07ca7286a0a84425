import { describe, expect, test } from "@jest/globals";
import { buildWorld } from "@proxbox/pve-simulator";
import { getList, NOW, simulateNew } from "./client.ts";

describe("buildWorld", () => {
  test("builds the same world from the same options, another one from another seed", () => {
    expect(buildWorld({ now: NOW })).toEqual(buildWorld({ now: NOW }));
    expect(buildWorld({ now: NOW, seed: 2 })).not.toEqual(buildWorld({ now: NOW }));
  });

  test("gives two clusters the same VMIDs, node names and job ids, and different identities", () => {
    const alpha = buildWorld();
    const beta = buildWorld({ clusterName: "beta" });
    expect([...beta.guests.keys()]).toEqual([...alpha.guests.keys()]);
    expect([...beta.nodes.keys()]).toEqual([...alpha.nodes.keys()]);
    expect([...beta.jobs.keys()]).toEqual([...alpha.jobs.keys()]);
    expect(beta.rootCaFingerprint).not.toBe(alpha.rootCaFingerprint);
    expect(beta.nodes.get("pve1")?.sslFingerprint).not.toBe(alpha.nodes.get("pve1")?.sslFingerprint);
  });

  test("has every kind of job among the first sixteen", async () => {
    const { simulator } = await simulateNew();
    const config = await getList(simulator, "/cluster/replication");
    const runtime = [];
    for (const node of ["pve1", "pve2", "pve3"])
      runtime.push(...(await getList(simulator, `/nodes/${node}/replication`)));
    expect(config).toHaveLength(16);
    expect(runtime).toHaveLength(16);
    expect(config.some(({ disable }) => disable === 1)).toBe(true);
    expect(config.some(({ rate }) => rate === 10.5)).toBe(true);
    expect(config.some(({ schedule }) => schedule === undefined)).toBe(true);
    expect(config.some(({ comment }) => typeof comment === "string" && /[^\n -~]/.test(comment))).toBe(true);
    expect(
      runtime.some(({ last_sync: lastSync, last_try: lastTry }) => lastSync === 0 && lastTry === 0),
    ).toBe(true);
    expect(
      runtime.some(({ fail_count: failCount, error }) => Number(failCount) > 0 && error !== undefined),
    ).toBe(true);
    expect(runtime.some(({ pid }) => typeof pid === "number")).toBe(true);
  });

  test("has both kinds of guests, stopped ones and a template", () => {
    const guests = [...buildWorld().guests.values()];
    expect(new Set(guests.map(({ type }) => type))).toEqual(new Set(["qemu", "lxc"]));
    expect(new Set(guests.map(({ status }) => status))).toContain("stopped");
    expect(guests.some(({ template }) => template)).toBe(true);
  });

  test("builds and lists ten thousand jobs of five thousand guests", async () => {
    const { simulator } = await simulateNew({ guests: 5000, jobs: 10_000 });
    expect(await getList(simulator, "/cluster/replication")).toHaveLength(10_000);
    expect(await getList(simulator, "/cluster/resources?type=vm")).toHaveLength(5000);
  });

  test("never points a job at the guest's own node, and numbers several targets of a guest", () => {
    const world = buildWorld({ guests: 10, nodes: 4, jobs: 30 });
    for (const job of world.jobs.values()) expect(job.target).not.toBe(job.source);
    const targets = ["100-0", "100-1", "100-2"].map((id) => world.jobs.get(id)?.target);
    expect(new Set(targets)).toEqual(new Set(["pve2", "pve3", "pve4"]));
  });

  test("refuses more jobs than there are targets, and a stand-alone cluster", () => {
    expect(() => buildWorld({ guests: 2, jobs: 5 })).toThrow("2 guests on 3 nodes have room for 4 jobs");
    expect(() => buildWorld({ clusterName: null, nodes: 2 })).toThrow("a stand-alone world has one node");
    expect(buildWorld({ clusterName: null }).jobs.size).toBe(0);
  });
});
