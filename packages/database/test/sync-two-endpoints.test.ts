import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import {
  clusterRow,
  guestRow,
  newAuthor,
  nodeRow,
  openSyncFixture,
  replicationRow,
  runtimeRow,
  storageRow,
  type SyncFixture,
  writeInventory,
} from "./sync-fixture.ts";

let fixture: SyncFixture;
let endpointId: number;
let other: number;
beforeAll(async () => {
  fixture = await openSyncFixture();
});
afterAll(() => fixture.close());
beforeEach(async () => {
  endpointId = await fixture.addEndpoint("pve");
  other = await fixture.addEndpoint("other");
});

describe("two endpoints with the same names, vmids and replications", () => {
  test("have rows that are linked within each endpoint, and a run of one never touches the other's", async () => {
    await fixture.write(endpointId, (writer) => writeInventory(writer));
    await fixture.write(other, (writer) => writeInventory(writer));
    for (const endpoint of [endpointId, other]) {
      const links = await fixture.query<Record<string, number>>(
        `select r.endpoint_id, vm.endpoint_id as guest, n.endpoint_id as node, target.endpoint_id as target,
           c.endpoint_id as cluster
         from replication r join virtual_machine vm on vm.id = r.virtual_machine_id
         join proxmox_node n on n.id = vm.node_id join proxmox_node target on target.id = r.proxmox_node_id
         join virtualization_cluster c on c.id = vm.cluster_id where r.endpoint_id = $1`,
        [endpoint],
      );
      const own = {
        endpoint_id: endpoint,
        guest: endpoint,
        node: endpoint,
        target: endpoint,
        cluster: endpoint,
      };
      expect(links).toEqual([own, own]);
    }

    const before = await fixture.inventory(other);
    const runtimesOf = (endpoint: number) =>
      fixture.query(
        `select rt.*, rt.xmin::text from replication_runtime rt join replication r on r.id = rt.replication_id
         where r.endpoint_id = $1 order by 1`,
        [endpoint],
      );
    const runtimes = await runtimesOf(other);
    await fixture.write(endpointId, async (writer) => {
      const clusterId = await writer.virtualizationCluster("prod");
      await writer.renameCluster("prod", "lab");
      await writer.merge("cluster", [clusterRow("lab", { version: 9 })], clusterId);
      await writer.merge("nodes", [nodeRow("pve1", { maxCpu: 1 })], null);
      await writer.merge("storage", [storageRow("local-zfs", { shared: true })], clusterId);
      await writer.merge("guests", [guestRow(100, { name: "x" })], clusterId);
      await writer.merge("replications", [replicationRow(100, 0, { rate: 1 })], null);
      await writer.mergeRuntimes([runtimeRow("100-0", { failCount: 9 })]);
      await writer.measureNodes([{ name: "pve1", cpu: 0.9, memory: 1 }]);
      await writer.observeNodes([{ name: "pve1", failure: { code: "unreachable", message: "silent" } }]);
      for (const [kind, key] of [
        ["nodes", "pve2"],
        ["storage", "local-zfs"],
        ["guests", "101"],
        ["replications", "101-0"],
      ] as const) {
        expect(await writer.markStale(kind, [{ key, proof: {} }])).toMatchObject({ updated: 1 });
      }
      await writer.hold("guests", ["100"]);
    });
    expect(await fixture.inventory(other)).toEqual(before);
    expect(await runtimesOf(other)).toEqual(runtimes);
    expect(await fixture.write(other, (writer) => writer.held("guests"))).toBeNull();
    const observed = await fixture.query(
      `select 1 from node_observation o join proxmox_node n on n.id = o.node_id where n.endpoint_id = $1`,
      [other],
    );
    expect(observed).toEqual([]);
  });
});

let identities = 0;
/** The identity of a cluster that no other test has. */
const newIdentity = () => `AB:${(identities += 1)}`;

const identityOf = async (endpoint: number) =>
  (
    await fixture.only<{ cluster_identity: string | null }>(
      "select cluster_identity from endpoint where id = $1",
      [endpoint],
    )
  ).cluster_identity;

const claim = (endpoint: number, identity: string) =>
  fixture.write(endpoint, (writer) => writer.claimIdentity(identity));

describe("the identity of a cluster", () => {
  test("belongs to the first endpoint that claims it, and the second learns whose it is", async () => {
    const identity = newIdentity();
    expect(await claim(endpointId, identity)).toBeNull();
    expect(await claim(endpointId, identity)).toBeNull();
    expect(await claim(other, identity)).toBe("pve");
    expect([await identityOf(endpointId), await identityOf(other)]).toEqual([identity, null]);
  });

  test("claimed again moves neither the row nor its time of change", async () => {
    const identity = newIdentity();
    await claim(endpointId, identity);
    const before = await fixture.only("select xmin::text, * from endpoint where id = $1", [endpointId]);
    await claim(endpointId, identity);
    expect(await fixture.only("select xmin::text, * from endpoint where id = $1", [endpointId])).toEqual(
      before,
    );
  });

  test("is free when the endpoint that had it is disabled", async () => {
    const identity = newIdentity();
    await claim(endpointId, identity);
    await fixture.query("update endpoint set enabled = false where id = $1", [endpointId]);
    expect(await claim(other, identity)).toBeNull();
    await expect(
      fixture.query("update endpoint set enabled = true where id = $1", [endpointId]),
    ).rejects.toMatchObject({ constraint: "endpoint_one_per_cluster" });
  });

  test("claimed by both at once goes to one of them", async () => {
    const identity = newIdentity();
    const claims = await Promise.allSettled([claim(endpointId, identity), claim(other, identity)]);
    const won = claims.filter((one) => one.status === "fulfilled" && one.value === null);
    expect(won).toHaveLength(1);
    const owners = await fixture.query("select 1 from endpoint where cluster_identity = $1", [identity]);
    expect(owners).toHaveLength(1);
  });

  test("and whether there ever was a cluster, is known per endpoint", async () => {
    const identity = newIdentity();
    const known = (endpoint: number) => fixture.write(endpoint, (writer) => writer.known());
    expect(await known(endpointId)).toEqual({ identity: null, everClustered: false, empty: true });
    await claim(endpointId, identity);
    await fixture.write(endpointId, (writer) => writeInventory(writer));
    expect(await known(endpointId)).toEqual({ identity, everClustered: true, empty: false });
    expect(await known(other)).toEqual({ identity: null, everClustered: false, empty: true });
    await fixture.write(other, (writer) =>
      writer.merge("cluster", [clusterRow("pve", { mode: "standalone", version: null })], null),
    );
    expect(await known(other)).toMatchObject({ everClustered: false });
  });
});

describe("a renamed cluster", () => {
  test("keeps its row, and says so in the change log", async () => {
    await fixture.write(endpointId, (writer) => writeInventory(writer));
    const [before] = await fixture.rows("proxmox_cluster", endpointId);
    const author = newAuthor();
    await fixture.write(endpointId, (writer) => writer.renameCluster("prod", "lab"), author);
    const after = await fixture.rows("proxmox_cluster", endpointId);
    expect(after.map(({ id, name }) => [id, name])).toEqual([[before?.id, "lab"]]);
    const [change, ...more] = await fixture.changes(author.requestId);
    expect(more).toEqual([]);
    expect(change).toMatchObject({ action: "update", object_repr: "lab (pve)" });
    expect(change?.postchange_data).toEqual({ ...change?.prechange_data, name: "lab" });
  });

  test("renames the virtualization cluster of its guests, which stay where they are", async () => {
    const first = await fixture.write(endpointId, (writer) => writeInventory(writer));
    const otherFirst = await fixture.write(other, (writer) => writer.virtualizationCluster("prod"));
    expect(await fixture.write(endpointId, (writer) => writer.virtualizationCluster("lab"))).toBe(first);
    const [cluster] = await fixture.rows("virtualization_cluster", endpointId);
    expect(cluster).toMatchObject({ id: first, name: "lab" });
    expect(await fixture.write(endpointId, (writer) => writer.virtualizationCluster(null))).toBe(first);
    expect(await fixture.rows("virtualization_cluster", endpointId)).toEqual([cluster]);
    expect(await fixture.rows("virtualization_cluster", other)).toEqual([
      expect.objectContaining({ id: otherFirst, name: "prod" }),
    ]);
  });

  test("is not made without a name", async () => {
    expect(await fixture.write(endpointId, (writer) => writer.virtualizationCluster(null))).toBeNull();
  });
});
