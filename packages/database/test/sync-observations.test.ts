import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import {
  guestRow,
  newAuthor,
  nodeRow,
  openSyncFixture,
  replicationRow,
  runtimeRow,
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
  await fixture.write(endpointId, (writer) => writeInventory(writer));
});

describe("runtime", () => {
  const runtimes = () =>
    fixture.query<Stored & { job: string }>(
      `select r.replication_id as job, rt.*, rt.xmin::text from replication_runtime rt
       join replication r on r.id = rt.replication_id where r.endpoint_id = $1 order by 1`,
      [endpointId],
    );

  test("is written only where it differs, without change log and without moving the replication", async () => {
    const replications = await fixture.rows("replication", endpointId);
    const before = await runtimes();
    const author = newAuthor();
    const written = await fixture.write(
      endpointId,
      (writer) =>
        writer.mergeRuntimes([runtimeRow("100-0"), runtimeRow("101-0", { failCount: 1, error: "no" })]),
      author,
    );
    expect(written).toBe(1);
    const after = await runtimes();
    expect(after[0]).toEqual(before[0]);
    expect(after[1]).toEqual({ ...before[1], fail_count: 1, error: "no", xmin: after[1]?.xmin });
    expect(after[1]?.xmin).not.toBe(before[1]?.xmin);
    expect(await fixture.rows("replication", endpointId)).toEqual(replications);
    expect(await fixture.changes(author.requestId)).toEqual([]);
  });

  test("comes back as it went in, whole seconds and small durations", async () => {
    const rows = [
      runtimeRow("100-0", { lastSync: 2_147_483_648, duration: 9.7e-5, pid: 4_194_304 }),
      runtimeRow("101-0", {
        listed: false,
        stateLost: true,
        lastSync: null,
        lastTry: null,
        nextSync: null,
        duration: null,
        failCount: 3,
        error: "line one\nline two",
      }),
    ];
    const stored = await fixture.write(endpointId, async (writer) => {
      await writer.mergeRuntimes(rows);
      return writer.storedRuntimes();
    });
    expect(stored).toEqual(new Map(rows.map((row) => [row.replicationId, row])));
  });

  test("of a replication that has no row is left out", async () => {
    const written = await fixture.write(endpointId, (writer) => writer.mergeRuntimes([runtimeRow("999-0")]));
    expect(written).toBe(0);
    expect(await fixture.write(endpointId, (writer) => writer.mergeRuntimes([]))).toBe(0);
  });
});

interface Observation {
  readonly name: string;
  readonly observed_at: string;
  /** Is the last answer the last word? */
  readonly answered: boolean | null;
  readonly answered_at: string | null;
  readonly failure_code: string | null;
  readonly failure_message: string | null;
}

describe("observations", () => {
  const observations = () =>
    fixture.query<Observation>(
      `select n.name, o.answered_at >= o.observed_at as answered, o.* from node_observation o join proxmox_node n on n.id = o.node_id
       where n.endpoint_id = $1 order by n.name`,
      [endpointId],
    );
  const observe = (failure: { code: string; message: string } | null) =>
    fixture.write(endpointId, (writer) =>
      writer.observeNodes([
        { name: "pve1", failure: null },
        { name: "pve2", failure },
        { name: "not-stored", failure: null },
      ]),
    );
  const silent = { code: "unreachable", message: "pve2 did not answer" };

  test("are one row per node, however many replications it has", async () => {
    const many = Array.from({ length: 200 }, (_, index) => replicationRow(100, index + 1));
    await fixture.write(endpointId, (writer) => writer.merge("replications", many, null));
    const before = await fixture.inventory(endpointId);
    await observe(silent);
    await observe(silent);
    expect((await observations()).map(({ name, failure_code }) => [name, failure_code])).toEqual([
      ["pve1", null],
      ["pve2", "unreachable"],
    ]);
    expect(await fixture.inventory(endpointId)).toEqual(before);
  });

  test("that fail keep the time of the last answer, and the next answer clears the failure", async () => {
    await observe(null);
    const [, answered] = await observations();
    expect(answered?.answered).toBe(true);
    await observe(silent);
    const [, failed] = await observations();
    expect(failed).toEqual({
      ...answered,
      answered: false,
      observed_at: failed?.observed_at,
      failure_code: "unreachable",
      failure_message: "pve2 did not answer",
    });
    await observe(null);
    const [, again] = await observations();
    expect(again).toMatchObject({ failure_code: null, failure_message: null, answered: true });
  });

  test("of a node that never answered have no time of an answer", async () => {
    await observe(silent);
    expect((await observations()).map(({ answered_at }) => answered_at === null)).toEqual([false, true]);
  });

  test("of the endpoint are one row, with the coverage of the last snapshot", async () => {
    await fixture.write(endpointId, (writer) => writer.observeEndpoint({ nodes: { complete: true } }));
    await fixture.write(endpointId, (writer) => writer.observeEndpoint({ nodes: { complete: false } }));
    const row = await fixture.only("select * from endpoint_observation where endpoint_id = $1", [endpointId]);
    expect(row).toMatchObject({ coverage: { nodes: { complete: false } }, failure_code: null });
  });

  test("that measure a node move neither `last_updated` nor the change log, and keep what is not told", async () => {
    const author = newAuthor();
    const node = async () => {
      const [first] = await fixture.rows("proxmox_node", endpointId);
      return first;
    };
    const before = await node();
    await fixture.write(
      endpointId,
      (writer) => writer.measureNodes([{ name: "pve1", cpu: 0.25, memory: 2 ** 35 }]),
      author,
    );
    const measured = await node();
    expect(measured).toEqual({
      ...before,
      cpu_usage: 0.25,
      memory_usage: String(2 ** 35),
      xmin: measured?.xmin,
    });
    await fixture.write(endpointId, async (writer) => {
      await writer.measureNodes([{ name: "pve1", cpu: null, memory: null }]);
      await writer.measureNodes([{ name: "pve1", cpu: 0.25, memory: 2 ** 35 }]);
    });
    expect(await node()).toEqual(measured);
    expect(await fixture.changes(author.requestId)).toEqual([]);
  });

  test("of the version are cut to what NetBox stores, and written once", async () => {
    const version = { version: "9.2.6-".padEnd(30, "x"), release: "9.2", repoid: "0123456789abcdef0123" };
    await fixture.write(endpointId, (writer) => writer.describeEndpoint(version, "cluster"));
    const stored = await fixture.only<Stored>("select *, xmin::text from endpoint where id = $1", [
      endpointId,
    ]);
    expect(stored).toMatchObject({ version: "9.2.6-xxxxxxxxxxxxxx", repoid: "0123456789abcdef" });
    await fixture.write(endpointId, (writer) => writer.describeEndpoint(version, "cluster"));
    expect(await fixture.only("select *, xmin::text from endpoint where id = $1", [endpointId])).toEqual(
      stored,
    );
  });
});

describe("a held plan", () => {
  test("is kept per kind with its age, replaced by the next, and gone when it is dropped", async () => {
    const held = (kind: "guests" | "nodes") => fixture.write(endpointId, (writer) => writer.held(kind));
    expect(await held("guests")).toBeNull();
    await fixture.write(endpointId, (writer) => writer.hold("guests", ["100", "101"]));
    await fixture.query(
      "update held_plan set held_at = clock_timestamp() - interval '90 s' where endpoint_id = $1",
      [endpointId],
    );
    const first = await held("guests");
    expect(first?.keys).toEqual(["100", "101"]);
    expect(first?.ageMs).toBeGreaterThanOrEqual(90_000);
    expect(await held("nodes")).toBeNull();
    await fixture.write(endpointId, (writer) => writer.hold("guests", ["102"]));
    const second = await held("guests");
    expect(second?.keys).toEqual(["102"]);
    expect(second?.ageMs).toBeLessThan(90_000);
    await fixture.write(endpointId, (writer) => writer.dropHold("guests"));
    expect(await held("guests")).toBeNull();
  });
});

describe("a stage", () => {
  test("that fails undoes only itself, and the run goes on", async () => {
    const guests = await fixture.write(endpointId, async (writer) => {
      await writer.stage(() => writer.merge("nodes", [nodeRow("pve3")], null));
      await expect(
        writer.stage(async () => {
          await writer.merge("nodes", [nodeRow("pve4")], null);
          return writer.merge("guests", [guestRow(100, { name: "VM101" })], null);
        }),
      ).rejects.toMatchObject({ constraint: "virtual_machine_name_in_cluster" });
      await expect(
        writer.stage(async () => {
          await writer.merge("nodes", [nodeRow("pve5")], null);
          throw new Error("the plan was wrong");
        }),
      ).rejects.toThrow("the plan was wrong");
      return writer.stage(() => writer.merge("guests", [guestRow(100, { memory: 1 })], null));
    });
    expect(guests).toEqual({ created: 0, updated: 1 });
    expect((await fixture.rows("proxmox_node", endpointId)).map(({ name }) => name)).toEqual([
      "pve1",
      "pve2",
      "pve3",
    ]);
    const [guest] = await fixture.rows("virtual_machine", endpointId);
    expect(guest).toMatchObject({ name: "vm100", memory: 1 });
  });
});
