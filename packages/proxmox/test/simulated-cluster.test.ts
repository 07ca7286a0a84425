import { afterEach, describe, expect, test } from "@jest/globals";
import {
  buildWorld,
  DEFAULT_TOKEN,
  type Flavour,
  FLAVOUR_VERSIONS,
  setView,
  type Simulator,
  startSimulator,
  type World,
} from "@proxbox/pve-simulator";
import type { ProxmoxClient, ProxmoxConnection } from "../src/index.ts";
import { clientOf, failureOf } from "./servers.ts";

const NOW = 1_790_000_000;
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function simulate(
  world: World,
  changes: Partial<ProxmoxConnection> = {},
): Promise<{ simulator: Simulator; client: ProxmoxClient }> {
  const simulator = await startSimulator(world, { now: () => NOW });
  const { id: tokenId, secret } = DEFAULT_TOKEN;
  const client = clientOf(simulator.url, { credentials: { kind: "token", tokenId, secret }, ...changes });
  cleanups.push(
    () => simulator.close(),
    () => client.close(),
  );
  return { simulator, client };
}

function only<T>(found: Iterable<T>): T {
  const [first] = found;
  if (first === undefined) throw new Error("nothing there");
  return first;
}

describe.each<Flavour>(["6.4", "7.4", "8.1", "8.4", "9.2"])("Proxmox VE %s", (flavour) => {
  const build = () => buildWorld({ flavour, now: NOW });

  test("answers every call of a sync, with nothing but GETs", async () => {
    const world = build();
    const { simulator, client } = await simulate(world);
    expect(await client.version()).toMatchObject({ version: FLAVOUR_VERSIONS[flavour] });
    expect(await client.clusterStatus()).toMatchObject({
      cluster: { name: "alpha", nodes: 3, quorate: true },
    });
    expect(await client.rootCertificateFingerprint("pve2")).toBe(world.rootCaFingerprint);
    const nodes = await client.nodes();
    expect(nodes.map(({ name }) => name).sort()).toEqual(["pve1", "pve2", "pve3"]);
    const guests = await client.guests();
    expect(new Set(guests.map(({ vmid }) => vmid))).toEqual(new Set(world.guests.keys()));
    const storage = await client.storage();
    expect(new Set(storage.map(({ name }) => name))).toEqual(new Set(world.storages.keys()));
    expect((await client.permissions())["/vms"]).toMatchObject({ "VM.Audit": true });
    const replications = await client.replications();
    expect(replications.map(({ replicationId }) => replicationId).sort()).toEqual(
      [...world.jobs.keys()].sort(),
    );
    const runtimes = [];
    for (const { name } of nodes) runtimes.push(...(await client.nodeReplication(name)));
    expect(runtimes.map(({ replicationId }) => replicationId).sort()).toEqual([...world.jobs.keys()].sort());
    expect(simulator.violations()).toEqual([]);
    expect(simulator.calls.every(({ status }) => status === 200)).toBe(true);
  });

  test("says the same twice, though it sends keys and lists in random order", async () => {
    const { client } = await simulate(build());
    const byName = (entries: readonly { name: string }[]) =>
      entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    expect(byName(await client.storage())).toEqual(byName(await client.storage()));
    expect(await client.replications()).toEqual(await client.replications());
  });

  test("repairs the jobs of a moved guest while being asked, and still says the same state", async () => {
    const world = build();
    const { client } = await simulate(world);
    const job = only([...world.jobs.values()].filter(({ target }) => target === "pve2"));
    const guest = Number.parseInt(job.id, 10);
    const moved = world.guests.get(guest);
    if (moved !== undefined) moved.node = "pve3";
    const during = await client.nodeReplication("pve3");
    expect(during).toEqual(await client.nodeReplication("pve3"));
    expect(during).toContainEqual(expect.objectContaining({ replicationId: job.id, guest }));
    const replications = await client.replications();
    expect(replications).toContainEqual(expect.objectContaining({ replicationId: job.id, source: "pve3" }));
  });

  test("keeps what it does not know to itself while a node is silent", async () => {
    const world = build();
    const node = world.nodes.get("pve2");
    if (node !== undefined) Object.assign(node, { status: "offline", hasStatistics: false });
    const { client } = await simulate(world);
    const silent = (await client.guests()).filter((guest) => guest.node === "pve2");
    expect(silent.length).toBeGreaterThan(0);
    for (const guest of silent) {
      expect(guest).toMatchObject({ status: "unknown", name: null, template: null, maxMemory: null });
    }
    const nodes = await client.nodes();
    expect(nodes).toContainEqual(expect.objectContaining({ name: "pve2", status: "offline", cpu: null }));
    const failure = await failureOf(client.nodeReplication("pve2"));
    expect(failure).toMatchObject({ code: "unreachable", status: 595 });
    expect(failure.message).toContain("Node pve2 could not be reached");
  });

  test("hides one guest's jobs as its version does, and tells so when asked about the path", async () => {
    const world = build();
    const hidden = Number.parseInt(only(world.jobs.keys()), 10);
    setView(world, { kind: "hole", vmids: [hidden] });
    const { client } = await simulate(world);
    expect(await client.isVisible(`/vms/${hidden}`, "VM.Audit")).toBe(false);
    expect(await client.isVisible("/vms/4711", "VM.Audit")).toBe(true);
    expect((await client.permissions())[`/vms/${hidden}`]).toBeUndefined();
    if (flavour === "8.4" || flavour === "9.2") {
      const guests = (await client.replications()).map(({ guest }) => guest);
      expect(guests).not.toContain(hidden);
    } else {
      const failure = await failureOf(client.replications());
      expect(failure).toMatchObject({ code: "forbidden", status: 403, call: "/cluster/replication" });
      expect(failure.message).toContain(`VM.Audit on /vms/${hidden} is missing`);
    }
  });

  test("says in its own words what it refuses", async () => {
    const world = build();
    world.quorate = false;
    const { client } = await simulate(world);
    const lock = await failureOf(client.nodeReplication("pve1"));
    expect(lock).toMatchObject({ code: "server-error", status: 500 });
    expect(lock.message).toContain("no quorum");
    expect(await failureOf(client.nodeReplication("nowhere"))).toMatchObject({
      code: "not-found",
      status: 500,
    });
    world.tokens.clear();
    expect(await failureOf(client.version())).toMatchObject({ code: "unauthorized", status: 401 });
  });
});

test("a job without target is no list at all, rather than a list without that job", async () => {
  const world = buildWorld({ now: NOW });
  only(world.jobs.values()).target = null;
  const { client } = await simulate(world);
  expect(await failureOf(client.replications())).toMatchObject({ code: "server-error", status: 500 });
});

test("a stand-alone node has no cluster and no replications", async () => {
  const { client } = await simulate(buildWorld({ clusterName: null, now: NOW }));
  expect(await client.clusterStatus()).toMatchObject({
    cluster: null,
    members: [{ nodeId: 0, local: true }],
  });
  expect(await client.replications()).toEqual([]);
});

test("a token without rights of its own gets an empty list and an honest answer about the path", async () => {
  const world = buildWorld({ flavour: "8.4", now: NOW });
  setView(world, { kind: "none" });
  const { client } = await simulate(world);
  expect(await client.replications()).toEqual([]);
  expect(await client.isVisible("/vms/100", "VM.Audit")).toBe(false);
  expect(await failureOf(client.clusterStatus())).toMatchObject({ code: "forbidden" });
});

test("an answer about another path than asked proves nothing", async () => {
  const { simulator, client } = await simulate(buildWorld({ now: NOW }));
  simulator.faults.add({ path: "/access/permissions", fault: { kind: "data", data: {} } });
  expect(await failureOf(client.isVisible("/vms/100", "VM.Audit"))).toMatchObject({ code: "bad-answer" });
});

test("faults on the way are told apart", async () => {
  const { simulator, client } = await simulate(buildWorld({ now: NOW }), {
    timeoutMs: 200,
    maxBodyBytes: 100_000,
  });
  const codes = [];
  for (const fault of [
    { kind: "hang", at: "mid-body" },
    { kind: "reset" },
    { kind: "reset", at: "mid-body" },
    { kind: "truncated-body" },
    { kind: "malformed-json" },
    { kind: "huge-body", bytes: 1_000_000 },
    { kind: "redirect", location: "https://192.0.2.1:8006/" },
  ] as const) {
    const { id } = simulator.faults.add({ fault });
    codes.push((await failureOf(client.storage())).code);
    simulator.faults.remove(id);
  }
  expect(codes).toEqual([
    ...["unreachable", "unreachable", "unreachable", "unreachable"],
    ...["bad-answer", "bad-answer", "bad-answer"],
  ]);
  expect((await client.storage()).length).toBeGreaterThan(0);
});

test("ten thousand replications arrive whole", async () => {
  const world = buildWorld({ nodes: 3, guests: 5_000, jobs: 10_000, now: NOW });
  const { client } = await simulate(world, { timeoutMs: 30_000 });
  expect(await client.guests()).toHaveLength(5_000);
  expect(await client.replications()).toHaveLength(10_000);
});
