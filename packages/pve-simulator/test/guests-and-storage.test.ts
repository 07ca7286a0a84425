import { describe, expect, test } from "@jest/globals";
import { setVersion, setView } from "@proxbox/pve-simulator";
import { get, getData, getEntry, getList, simulateNew } from "./client.ts";

describe("GET /nodes/{node}/qemu and /lxc", () => {
  test.each([
    ["6.4", "string", "string"],
    ["7.4", "number", "string"],
    ["8.1", "number", "string"],
    ["8.4", "number", "number"],
    ["9.2", "number", "number"],
  ] as const)("on %s vmid is a %s and a %s", async (flavour, qemu, lxc) => {
    const { simulator } = await simulateNew({ flavour });
    const machines = await getList(simulator, "/nodes/pve1/qemu");
    const containers = await getList(simulator, "/nodes/pve2/lxc");
    expect(machines.length).toBeGreaterThan(0);
    expect(containers.length).toBeGreaterThan(0);
    expect(new Set(machines.map(({ vmid }) => typeof vmid))).toEqual(new Set([qemu]));
    expect(new Set(containers.map(({ vmid }) => typeof vmid))).toEqual(new Set([lxc]));
  });

  test("6 has a null pid for stopped machines and an empty template for containers", async () => {
    const six = await simulateNew({ flavour: "6.4" });
    const nine = await simulateNew();
    const stoppedSix = await getEntry(six.simulator, "/nodes/pve1/qemu", ["status", "stopped"]);
    const stoppedNine = await getEntry(nine.simulator, "/nodes/pve1/qemu", ["status", "stopped"]);
    expect(stoppedSix["pid"]).toBeNull();
    expect(stoppedNine).not.toHaveProperty("pid");
    expect(await getEntry(six.simulator, "/nodes/pve2/lxc", ["vmid", "101"])).toMatchObject({ template: "" });
    expect(await getEntry(nine.simulator, "/nodes/pve2/lxc", ["vmid", 101])).not.toHaveProperty("template");
  });

  test("9 has pressure values, as numbers for machines and strings for containers", async () => {
    const { simulator } = await simulateNew();
    const machine = await getEntry(simulator, "/nodes/pve1/qemu", ["status", "running"]);
    const container = await getEntry(simulator, "/nodes/pve2/lxc", ["status", "running"]);
    expect(machine["pressurecpusome"]).toBe(0);
    expect(container["pressurecpusome"]).toBe("0.00");
  });

  test("a paused machine counts as running, the resources tell its QEMU state", async () => {
    const { world, simulator } = await simulateNew();
    const guest = world.guests.get(100);
    if (guest) guest.status = "paused";
    expect(await getEntry(simulator, "/nodes/pve1/qemu", ["vmid", 100])).toMatchObject({ status: "running" });
    expect(await getEntry(simulator, "/nodes/pve1/qemu?full=1", ["vmid", 100])).toMatchObject({
      qmpstatus: "paused",
    });
    expect(await getEntry(simulator, "/cluster/resources", ["vmid", 100])).toMatchObject({
      status: "paused",
    });
  });

  test("lists only the node's own guests that may be seen", async () => {
    const { world, simulator } = await simulateNew();
    setView(world, { kind: "hole", vmids: [103] });
    const vmids = (await getList(simulator, "/nodes/pve1/qemu")).map(({ vmid }) => vmid);
    expect(vmids.sort()).toEqual([100, 106, 109]);
  });
});

describe("a guest's configuration", () => {
  test.each([
    ["7.4", "number"],
    ["8.1", "string"],
    ["9.2", "string"],
  ] as const)("on %s the memory of a machine is a %s", async (flavour, type) => {
    const { simulator } = await simulateNew({ flavour });
    const config = (await getData(simulator, "/nodes/pve1/qemu/100/config")) as Record<string, unknown>;
    expect(typeof config["memory"]).toBe(type);
    expect(config).toMatchObject({
      name: "web1",
      cores: expect.any(Number),
      scsi0: expect.stringMatching(/^local-zfs:vm-100-disk-0,size=\d+G$/),
      digest: expect.stringMatching(/^[0-9a-f]{40}$/),
    });
  });

  test("of a container has numbers for memory and swap", async () => {
    const { simulator } = await simulateNew();
    expect(await getData(simulator, "/nodes/pve2/lxc/101/config")).toMatchObject({
      hostname: "db1",
      memory: expect.any(Number),
      swap: 512,
      rootfs: expect.any(String),
    });
  });

  test("is a 500 on the wrong node, of the wrong kind and for no guest; a 400 for no VMID; a 403 for a hidden guest", async () => {
    const { world, simulator } = await simulateNew();
    const missing = await get(simulator, "/nodes/pve1/qemu/555/config");
    expect([missing.status, missing.reason]).toEqual([
      500,
      "Configuration file 'nodes/pve1/qemu-server/555.conf' does not exist",
    ]);
    expect((await get(simulator, "/nodes/pve2/qemu/100/config")).status).toBe(500);
    expect((await get(simulator, "/nodes/pve1/lxc/100/config")).status).toBe(500);
    expect((await get(simulator, "/nodes/pve1/qemu/12/config")).status).toBe(400);
    setView(world, { kind: "hole", vmids: [100] });
    expect((await get(simulator, "/nodes/pve1/qemu/100/config")).status).toBe(403);
  });
});

describe("storages", () => {
  test("the configuration lists flags only when set, and content in changing order", async () => {
    const { simulator } = await simulateNew();
    const archive = await getEntry(simulator, "/storage", ["storage", "archive"]);
    expect(archive).toMatchObject({ type: "nfs", shared: 1, server: "192.0.2.250" });
    expect(archive).not.toHaveProperty("disable");
    expect(await getEntry(simulator, "/storage", ["storage", "old-dir"])).toMatchObject({ disable: 1 });
    const contents = new Set<string>();
    const nodes = new Set<string>();
    for (let call = 0; call < 12; call++) {
      contents.add(String((await getEntry(simulator, "/storage", ["storage", "local"]))["content"]));
      nodes.add(String((await getEntry(simulator, "/storage", ["storage", "archive"]))["nodes"]));
    }
    expect(contents.size).toBeGreaterThan(1);
    expect(nodes).toEqual(new Set(["pve1,pve2", "pve2,pve1"]));
    expect(new Set([...contents].map((content) => content.split(",").sort().join()))).toEqual(
      new Set(["backup,iso,vztmpl"]),
    );
  });

  test("hidden ones are left out, and one alone needs Datastore.Allocate", async () => {
    const { world, simulator } = await simulateNew();
    const single = await get(simulator, "/storage/local");
    expect([single.status, single.reason]).toEqual([
      403,
      "Permission check failed (/storage/local, Datastore.Allocate)",
    ]);
    setView(world, { kind: "none" });
    expect(await getList(simulator, "/storage")).toEqual([]);
    expect(await getList(simulator, "/nodes/pve1/storage")).toEqual([]);
  });

  test("a node lists storages that it may not use as disabled, unless asked for enabled ones", async () => {
    const { simulator } = await simulateNew();
    const archive = await getEntry(simulator, "/nodes/pve3/storage", ["storage", "archive"]);
    expect(archive).toMatchObject({ enabled: 0, active: 0, shared: 1, total: 0, used: 0, avail: 0 });
    expect(archive).not.toHaveProperty("used_fraction");
    const enabled = await getList(simulator, "/nodes/pve3/storage?enabled=1");
    expect(enabled.map(({ storage }) => storage).sort()).toEqual(["local", "local-zfs"]);
    const images = await getList(simulator, "/nodes/pve3/storage?content=images");
    expect(images.map(({ storage }) => storage)).toEqual(["local-zfs"]);
  });

  test("an inactive storage has zeros for sizes", async () => {
    const { world, simulator } = await simulateNew();
    world.storages.get("archive")?.inactiveOn.push("pve2");
    expect(await getEntry(simulator, "/nodes/pve2/storage", ["storage", "archive"])).toMatchObject({
      enabled: 1,
      active: 0,
      total: 0,
    });
    expect(await getEntry(simulator, "/nodes/pve1/storage", ["storage", "archive"])).toMatchObject({
      active: 1,
      used_fraction: 0.45,
    });
  });

  test("6.3 and later name the plugin, whatever the version", async () => {
    const { world, simulator } = await simulateNew({ flavour: "6.4" });
    expect(await getEntry(simulator, "/cluster/resources", ["id", "storage/pve1/local"])).toMatchObject({
      plugintype: "dir",
      status: "available",
    });
    setVersion(world, "9.2.6");
    expect(await getEntry(simulator, "/cluster/resources", ["id", "storage/pve1/local"])).toMatchObject({
      plugintype: "dir",
    });
  });
});
