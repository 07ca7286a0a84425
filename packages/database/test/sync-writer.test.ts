import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { desiredGuests, type GuestFacts, planRows } from "@proxbox/domain";
import fc from "fast-check";
import {
  clusterRow,
  guestRow,
  inventoryTables,
  newAuthor,
  nodeRow,
  openSyncFixture,
  replicationRow,
  runtimeRow,
  storageRow,
  type Stored,
  type SyncFixture,
  writeInventory,
} from "./sync-fixture.ts";

let fixture: SyncFixture;
let endpointId: number;
beforeAll(async () => {
  fixture = await openSyncFixture();
});
afterAll(() => fixture.close());
beforeEach(async () => {
  endpointId = await fixture.addEndpoint("pve");
});

async function onlyRow(table: string): Promise<Stored> {
  const [row] = await fixture.rows(table, endpointId);
  if (row === undefined) throw new Error(`${table} is empty`);
  return row;
}

describe("a merge", () => {
  test("creates rows, and counts them", async () => {
    const counts = await fixture.write(endpointId, (writer) =>
      writer.merge("nodes", [nodeRow("pve1"), nodeRow("pve2")], null),
    );
    expect(counts).toEqual({ created: 2, updated: 0 });
    expect((await fixture.rows("proxmox_node", endpointId)).map(({ name }) => name)).toEqual([
      "pve1",
      "pve2",
    ]);
  });

  test("changes only the columns that differ, of the rows that differ", async () => {
    await fixture.write(endpointId, (writer) => writeInventory(writer));
    const before = await fixture.rows("virtual_machine", endpointId);
    const counts = await fixture.write(endpointId, (writer) =>
      writer.merge("guests", [guestRow(100), guestRow(101, { memory: 4096 })], null),
    );
    const after = await fixture.rows("virtual_machine", endpointId);
    expect(counts).toEqual({ created: 0, updated: 1 });
    expect(after[0]).toEqual(before[0]);
    const { xmin, last_updated } = after[1] ?? {};
    expect(after[1]).toEqual({ ...before[1], memory: 4096, xmin, last_updated });
  });

  test("of rows that are as stored writes nothing: no row version, no change log, no `last_updated`", async () => {
    await fixture.write(endpointId, (writer) => writeInventory(writer));
    const before = await fixture.inventory(endpointId);
    const runtimes = await fixture.rows("replication_runtime");
    const author = newAuthor();
    await fixture.write(endpointId, (writer) => writeInventory(writer), author);
    expect(await fixture.inventory(endpointId)).toEqual(before);
    expect(await fixture.rows("replication_runtime")).toEqual(runtimes);
    expect(await fixture.changes(author.requestId)).toEqual([]);
  });

  test("takes a JSON object with another order of keys for the same", async () => {
    const raw = { storage: "local", type: "dir", options: { a: 1, b: [1, 2] } };
    const same = { options: { b: [1, 2], a: 1 }, type: "dir", storage: "local" };
    await fixture.write(endpointId, async (writer) => {
      const clusterId = await writer.virtualizationCluster("prod");
      await writer.merge("storage", [storageRow("local", { rawConfig: raw })], clusterId);
      expect(await writer.merge("storage", [storageRow("local", { rawConfig: same })], clusterId)).toEqual({
        created: 0,
        updated: 0,
      });
    });
  });

  test("stores what plans then read back as unchanged, for every kind", async () => {
    const clusterId = await fixture.write(endpointId, (writer) => writeInventory(writer));
    await fixture.write(endpointId, async (writer) => {
      const wanted = {
        nodes: [nodeRow("pve1"), nodeRow("pve2")],
        storage: [storageRow("local-zfs")],
        guests: [guestRow(100), guestRow(101)],
        replications: [replicationRow(100, 0), replicationRow(101, 0)],
      };
      for (const kind of ["nodes", "storage", "guests", "replications"] as const) {
        const stored = await writer.stored(kind);
        expect(stored.map(({ stale }) => stale)).toEqual(wanted[kind].map(() => false));
        expect(stored.map(({ row }) => row)).toEqual(
          wanted[kind].map((row) => expect.objectContaining(row) as unknown),
        );
      }
      expect(await writer.storedClusters()).toEqual([clusterRow("prod")]);
      expect([...(await writer.storedRuntimes()).values()]).toEqual([
        runtimeRow("100-0"),
        runtimeRow("101-0"),
      ]);
      expect(await writer.foreignGuestNames(clusterId)).toEqual([]);
    });
  });

  test("gives the rows of one statement distinct, rising times of creation", async () => {
    const vmids = Array.from({ length: 500 }, (_, index) => 100 + index);
    await fixture.write(endpointId, (writer) =>
      writer.merge(
        "replications",
        vmids.map((vmid) =>
          replicationRow(vmid, 0, { virtualMachine: null, unresolvedReason: "not-visible" }),
        ),
        null,
      ),
    );
    const rows = await fixture.query<{ risen: boolean | null }>(
      `select created > lag(created) over (order by id) as risen from replication where endpoint_id = $1
       order by id offset 1`,
      [endpointId],
    );
    expect(rows).toHaveLength(499);
    expect(rows.filter(({ risen }) => risen !== true)).toEqual([]);
  });

  test("always moves `last_updated` on, also where the clock went back", async () => {
    await fixture.write(endpointId, (writer) => writer.merge("nodes", [nodeRow("pve1")], null));
    await fixture.query(
      `update proxmox_node set last_updated = '2999-01-01 00:00:00.000001+00' where endpoint_id = $1`,
      [endpointId],
    );
    await fixture.write(endpointId, (writer) =>
      writer.merge("nodes", [nodeRow("pve1", { maxCpu: 9 })], null),
    );
    expect((await onlyRow("proxmox_node")).last_updated).toBe("2999-01-01 00:00:00.000002+00");
    await fixture.write(endpointId, (writer) =>
      writer.merge("nodes", [nodeRow("pve1", { maxCpu: 7 })], null),
    );
    expect((await onlyRow("proxmox_node")).last_updated).toBe("2999-01-01 00:00:00.000003+00");
  });

  test("never touches what operators own", async () => {
    await fixture.write(endpointId, (writer) => writeInventory(writer));
    await fixture.query(
      `update virtual_machine set description = 'mine', comments = 'mine too', serial = 'S1', start_on_boot = 'on',
         custom_field_data = '{"owner": "ops"}' where endpoint_id = $1`,
      [endpointId],
    );
    for (const table of inventoryTables) {
      await fixture.query(
        `update ${table} set custom_field_data = '{"owner": "ops"}' where endpoint_id = $1`,
        [endpointId],
      );
    }
    await fixture.write(endpointId, async (writer) => {
      await writer.merge("cluster", [clusterRow("prod", { version: 8 })], null);
      await writer.merge("nodes", [nodeRow("pve1", { maxCpu: 64 })], null);
      await writer.merge("guests", [guestRow(100, { name: "renamed", sourceName: "renamed" })], null);
      await writer.merge("replications", [replicationRow(100, 0, { rate: 12.5 })], null);
      await writer.markStale("guests", [{ key: "101", proof: {} }]);
    });
    for (const rows of Object.values(await fixture.inventory(endpointId))) {
      expect(rows.map(({ custom_field_data }) => custom_field_data)).toEqual(
        rows.map(() => ({ owner: "ops" })),
      );
    }
    const guests = await fixture.rows("virtual_machine", endpointId);
    const operated = { description: "mine", comments: "mine too", serial: "S1", start_on_boot: "on" };
    expect(guests).toEqual([
      expect.objectContaining({ ...operated, name: "renamed", stale_at: null }),
      expect.objectContaining({ ...operated, name: "vm101", status: "offline" }),
    ]);
  });

  test("of no rows asks the database nothing and counts nothing", async () => {
    expect(await fixture.write(endpointId, (writer) => writer.merge("guests", [], null))).toEqual({
      created: 0,
      updated: 0,
    });
  });
});

describe("the change log", () => {
  test("has one entry per changed row, in the shape of NetBox's: ids for relations, names for tags", async () => {
    const { id: userId } = await fixture.only<{ id: number }>(
      "insert into user_account (username) values ('alice') returning id",
    );
    const author = { ...newAuthor(), userId, userName: "alice" };
    await fixture.write(endpointId, (writer) => writeInventory(writer, [100]), author);
    const changes = await fixture.changes(author.requestId);
    const [guest] = await fixture.rows("virtual_machine", endpointId);
    const nodes = await fixture.rows("proxmox_node", endpointId);
    const [replication] = await fixture.rows("replication", endpointId);
    expect(changes.map((change) => [change.action, change.changed_object_type, change.object_repr])).toEqual([
      ["create", "virtualization.cluster", "prod"],
      ["create", "netbox_proxbox.proxmoxcluster", "prod (pve)"],
      ["create", "netbox_proxbox.proxmoxnode", "pve1 (pve)"],
      ["create", "netbox_proxbox.proxmoxnode", "pve2 (pve)"],
      ["create", "netbox_proxbox.proxmoxstorage", "prod/local-zfs"],
      ["create", "virtualization.virtualmachine", "vm100"],
      ["create", "netbox_proxbox.replication", "vm100 - 100-0"],
    ]);
    expect(changes.at(-1)).toMatchObject({
      user_id: userId,
      user_name: "alice",
      changed_object_id: replication?.id,
      prechange_data: null,
    });
    expect(changes.at(-1)?.postchange_data).toEqual({
      endpoint: endpointId,
      virtual_machine: guest?.id,
      proxmox_node: nodes[1]?.id,
      replication_id: "100-0",
      guest: 100,
      jobnum: 0,
      job_type: "local",
      target: "pve2",
      source: "pve1",
      schedule: "*/15",
      rate: null,
      comment: null,
      disable: false,
      remove_job: null,
      status: "active",
      unresolved_reason: null,
      raw_config: { id: "100-0", target: "pve2" },
      custom_fields: {},
      tags: [],
    });
  });

  test("of an update has the object before and after it", async () => {
    await fixture.write(endpointId, (writer) => writeInventory(writer));
    const author = newAuthor();
    const changed = replicationRow(100, 0, {
      rate: 12.5,
      comment: "slow",
      target: "pve1",
      proxmoxNode: "pve1",
    });
    await fixture.write(
      endpointId,
      (writer) => writer.merge("replications", [changed, replicationRow(101, 0)], null),
      author,
    );
    const [change, ...more] = await fixture.changes(author.requestId);
    const nodes = await fixture.rows("proxmox_node", endpointId);
    expect(more).toEqual([]);
    expect(change?.action).toBe("update");
    expect(change?.postchange_data).toEqual({
      ...change?.prechange_data,
      rate: 12.5,
      comment: "slow",
      target: "pve1",
      proxmox_node: nodes[0]?.id,
    });
    expect(change?.prechange_data).toMatchObject({ rate: null, comment: null, proxmox_node: nodes[1]?.id });
  });

  test("names a replication without a virtual machine by its guest", async () => {
    const author = newAuthor();
    const unresolved = replicationRow(999, 0, { virtualMachine: null, unresolvedReason: "not-visible" });
    await fixture.write(endpointId, (writer) => writer.merge("replications", [unresolved], null), author);
    const [change] = await fixture.changes(author.requestId);
    expect(change?.object_repr).toBe("999 - 999-0");
    expect(change?.postchange_data).toMatchObject({
      virtual_machine: null,
      unresolved_reason: "not-visible",
    });
  });
});

describe("staleness", () => {
  const proof = {
    list: { call: "/cluster/replication", at: "2026-01-02T03:04:05.000Z" },
    rights: "VM.Audit",
  };

  test("is stored with its proof, once, and in the change log", async () => {
    await fixture.write(endpointId, (writer) => writeInventory(writer));
    const author = newAuthor();
    const counts = await fixture.write(
      endpointId,
      (writer) => writer.markStale("replications", [{ key: "100-0", proof }]),
      author,
    );
    expect(counts.updated).toBe(1);
    const marked = await fixture.rows("replication", endpointId);
    expect(marked.map(({ status, stale_proof }) => [status, stale_proof])).toEqual([
      ["stale", proof],
      ["active", null],
    ]);
    const [change, ...more] = await fixture.changes(author.requestId);
    expect(more).toEqual([]);
    expect(change).toMatchObject({ action: "update", object_repr: "vm100 - 100-0" });
    expect(change?.postchange_data).toEqual({ ...change?.prechange_data, status: "stale" });

    const again = await fixture.write(endpointId, (writer) =>
      writer.markStale("replications", [{ key: "100-0", proof: {} }]),
    );
    expect(again.updated).toBe(0);
    expect(await fixture.rows("replication", endpointId)).toEqual(marked);
  });

  test("says what a row of each kind is without its object", async () => {
    await fixture.write(endpointId, async (writer) => {
      await writeInventory(writer);
      await writer.markStale("nodes", [{ key: "pve2", proof }]);
      await writer.markStale("storage", [{ key: "local-zfs", proof }]);
      await writer.markStale("guests", [{ key: "101", proof }]);
    });
    const {
      proxmox_node: nodes,
      proxmox_storage: storage,
      virtual_machine: guests,
    } = await fixture.inventory(endpointId);
    expect(nodes?.map(({ online, stale_at }) => [online, stale_at === null])).toEqual([
      [true, true],
      [false, false],
    ]);
    expect(storage?.map(({ enabled, stale_at }) => [enabled, stale_at === null])).toEqual([[false, false]]);
    expect(guests?.map(({ status, stale_at }) => [status, stale_at === null])).toEqual([
      ["active", true],
      ["offline", false],
    ]);
  });

  test("ends when the object is listed again, although no other value differs", async () => {
    await fixture.write(endpointId, (writer) => writeInventory(writer));
    await fixture.query(
      `update proxmox_node set stale_at = now(), stale_proof = '{}' where endpoint_id = $1 and name = 'pve2'`,
      [endpointId],
    );
    const author = newAuthor();
    const counts = await fixture.write(
      endpointId,
      (writer) => writer.merge("nodes", [nodeRow("pve1"), nodeRow("pve2")], null),
      author,
    );
    expect(counts).toEqual({ created: 0, updated: 1 });
    const nodes = await fixture.rows("proxmox_node", endpointId);
    expect(nodes.map(({ stale_at, stale_proof }) => [stale_at, stale_proof])).toEqual([
      [null, null],
      [null, null],
    ]);
    expect((await fixture.changes(author.requestId)).map(({ action }) => action)).toEqual(["update"]);
  });

  test("of a replication ends with its status", async () => {
    await fixture.write(endpointId, async (writer) => {
      await writeInventory(writer);
      await writer.markStale("replications", [{ key: "100-0", proof }]);
      expect((await writer.stored("replications")).map(({ stale }) => stale).toSorted()).toEqual([
        false,
        true,
      ]);
      await writer.merge("replications", [replicationRow(100, 0)], null);
    });
    const rows = await fixture.rows("replication", endpointId);
    expect(rows.map(({ status, stale_at }) => [status, stale_at])).toEqual([
      ["active", null],
      ["active", null],
    ]);
  });
});

describe("names of guests", () => {
  test("may be swapped in one merge", async () => {
    const clusterId = await fixture.write(endpointId, (writer) => writeInventory(writer));
    await fixture.write(endpointId, (writer) =>
      writer.merge("guests", [guestRow(100, { name: "vm101" }), guestRow(101, { name: "vm100" })], clusterId),
    );
    const guests = await fixture.rows("virtual_machine", endpointId);
    expect(guests.map(({ vmid, name }) => [vmid, name])).toEqual([
      [100, "vm101"],
      [101, "vm100"],
    ]);
  });

  test("may not be equal in one cluster, ignoring case, and may be in two", async () => {
    const other = await fixture.addEndpoint("other");
    await fixture.write(other, (writer) => writeInventory(writer));
    await fixture.write(endpointId, (writer) => writeInventory(writer));
    await expect(
      fixture.write(endpointId, (writer) => writer.merge("guests", [guestRow(100, { name: "VM101" })], null)),
    ).rejects.toMatchObject({ code: "23505", constraint: "virtual_machine_name_in_cluster" });
  });

  test("that other rows of the cluster have are foreign", async () => {
    const clusterId = await fixture.write(endpointId, (writer) => writeInventory(writer));
    await fixture.query(`insert into virtual_machine (cluster_id, name) values ($1, 'by hand')`, [clusterId]);
    expect(await fixture.write(endpointId, (writer) => writer.foreignGuestNames(clusterId))).toEqual([
      "by hand",
    ]);
  });

  test("as the domain assigns them never collide in the database, in any language", async () => {
    const clusterId = await fixture.write(endpointId, (writer) => writeInventory(writer, []));
    const name = fc.oneof(
      fc.constantFrom(
        "Web",
        "WEB",
        "Straße",
        "STRASSE",
        "İstanbul",
        "i̇stanbul",
        "ΟΔΟΣ",
        "οδοσ",
        "οδος",
        "x".repeat(70),
      ),
      fc.string({ unit: "grapheme", minLength: 1, maxLength: 70 }),
    );
    const facts = fc.record({
      vmid: fc.integer({ min: 100, max: 107 }),
      name,
      type: fc.constantFrom("qemu", "lxc"),
      node: fc.constant("pve1"),
      status: fc.constantFrom("running", "unknown"),
      template: fc.constant(null),
      maxCpu: fc.option(fc.double({ min: 0.01, max: 9999, noNaN: true }), { nil: null }),
      maxMemory: fc.option(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), { nil: null }),
      maxDisk: fc.constant(null),
    }) satisfies fc.Arbitrary<GuestFacts>;
    const key = (row: { vmid: number }) => String(row.vmid);
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(facts, { selector: ({ vmid }) => vmid }), (guests) =>
        fixture.write(endpointId, async (writer) => {
          const plan = async () => {
            const stored = await writer.stored("guests");
            const desired = desiredGuests(guests, new Map(stored.map(({ row }) => [row.vmid, row])), []);
            return planRows({ key, desired, stored, absence: () => ({ gone: false, reason: "kept" }) });
          };
          const { create, update } = await plan();
          await writer.merge("guests", [...create, ...update.map(({ after }) => after)], clusterId);
          // Every value comes back as it was planned, also after the database rounded it.
          const second = await plan();
          expect([second.create, second.update]).toEqual([[], []]);
        }),
      ),
      { numRuns: 60 },
    );
  });
});
