import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  desiredReplications,
  desiredRuntimes,
  type ReplicationConfig,
  type ReplicationRuntime,
  type RuntimeRow,
} from "../src/index.ts";
import { listOf, nodeName, replicationConfig, runtimeValues, vmid } from "./arbitraries.ts";

const replicationLists = listOf(replicationConfig, ({ replicationId }) => replicationId);

const config: ReplicationConfig = {
  replicationId: "100-0",
  guest: 100,
  jobnum: 0,
  jobType: "local",
  target: "pve2",
  source: "pve1",
  schedule: "*/15",
  rate: null,
  disable: false,
  comment: null,
  removeJob: null,
  raw: { id: "100-0", guest: 100, jobnum: 0, target: "pve2", type: "local" },
};

describe("configuration", () => {
  const neighbours = (guests: number[], nodes: string[], gone: number[]) => ({
    guests: new Set(guests),
    nodes: new Set(nodes),
    isGone: (guest: number) => gone.includes(guest),
  });

  test.each([
    ["is linked to its guest and target", [100], ["pve2"], [], [100, null, "pve2"]],
    [
      "is linked also to a guest that is proven gone, but has a row",
      [100],
      ["pve2"],
      [100],
      [100, null, "pve2"],
    ],
    ["without a guest says that it is not visible", [], ["pve2"], [], [null, "not-visible", "pve2"]],
    ["whose guest does not exist says that it is gone", [], ["pve2"], [100], [null, "gone", "pve2"]],
    ["with an unknown target has no node", [100], ["pve1"], [], [100, null, null]],
  ])("%s", (_sentence, ...[guests, nodes, gone, links]) => {
    const [row] = desiredReplications([config], neighbours(guests, nodes, gone));
    expect([row?.virtualMachine, row?.unresolvedReason, row?.proxmoxNode]).toEqual(links);
  });

  test("becomes one row each, with what was sent as raw configuration, and a guest or a reason (never both)", () => {
    fc.assert(
      fc.property(
        replicationLists,
        fc.uniqueArray(vmid),
        fc.uniqueArray(vmid),
        (replications, guests, gone) => {
          const rows = desiredReplications(replications, neighbours(guests, ["pve1", "pve2"], gone));
          expect(rows.map(({ rawConfig }) => rawConfig)).toEqual(replications.map(({ raw }) => raw));
          for (const [index, row] of rows.entries()) {
            expect(row).toMatchObject({
              replicationId: replications[index]?.replicationId,
              schedule: replications[index]?.schedule,
              status: "active",
            });
            expect(row).not.toHaveProperty("raw");
            expect(row.virtualMachine === null).toBe(row.unresolvedReason !== null);
            expect(row.virtualMachine === null || guests.includes(row.virtualMachine)).toBe(true);
          }
        },
      ),
    );
  });
});

const told: ReplicationRuntime = {
  replicationId: "100-0",
  guest: 100,
  lastSync: 1_750_000_000,
  lastTry: 1_750_000_000,
  nextSync: 1_750_000_900,
  duration: 3.14,
  failCount: 0,
  error: null,
  pid: null,
};
const { guest: _guest, ...values } = told;
const good: RuntimeRow = { ...values, listed: true, stateLost: false };
const neverRan = { ...told, lastSync: null, lastTry: null, nextSync: null, duration: null };

/** What each node lists; a node that is not named was silent. */
const listings = (nodes: Record<string, ReplicationRuntime[]>) =>
  new Map(
    Object.entries(nodes).map(([node, list]) => [
      node,
      new Map(list.map((runtime) => [runtime.replicationId, runtime])),
    ]),
  );

interface Situation {
  readonly replication?: ReplicationConfig;
  readonly nodes: Record<string, ReplicationRuntime[]>;
  /** Null: the guest's node is not known. */
  readonly guestOn?: string | null;
  readonly stored?: RuntimeRow;
  readonly before?: ReplicationConfig | null;
}

function runtimesOf({ replication = config, nodes, guestOn = "pve1", stored, before = config }: Situation) {
  return desiredRuntimes({
    replications: [replication],
    listings: listings(nodes),
    nodeOfGuest: () => guestOn ?? undefined,
    stored: new Map(stored === undefined ? [] : [[stored.replicationId, stored]]),
    before: new Map(before === null ? [] : [[before.replicationId, before]]),
  });
}

describe("runtime", () => {
  test("is what the guest's node tells", () => {
    expect(runtimesOf({ nodes: { pve1: [told] }, before: null })).toEqual([good]);
  });

  test("of a new job that never ran is no lost state", () => {
    expect(runtimesOf({ nodes: { pve1: [neverRan] }, before: null })).toEqual([
      { ...good, lastSync: null, lastTry: null, nextSync: null, duration: null },
    ]);
  });

  test("of a silent node is left out: the stored row keeps the last good values", () => {
    expect(runtimesOf({ nodes: {}, stored: good })).toEqual([]);
    expect(runtimesOf({ nodes: { pve2: [], pve3: [] }, stored: good })).toEqual([]);
  });

  test("of a guest whose node is not known is left out, unless some node lists the job", () => {
    expect(runtimesOf({ nodes: { pve1: [] }, guestOn: null, stored: good })).toEqual([]);
    expect(runtimesOf({ nodes: { pve1: [told] }, guestOn: null })).toEqual([good]);
  });

  test("that the guest's node does not list keeps its values and says so", () => {
    expect(runtimesOf({ nodes: { pve1: [] }, stored: good })).toEqual([{ ...good, listed: false }]);
    expect(runtimesOf({ nodes: { pve1: [] } })).toEqual([
      { ...good, lastSync: null, lastTry: null, nextSync: null, duration: null, listed: false },
    ]);
  });

  test("during a migration comes from the old node while it alone lists the job", () => {
    expect(runtimesOf({ nodes: { pve1: [told], pve2: [] }, guestOn: "pve2" })).toEqual([good]);
  });

  test("listed by two nodes comes from the guest's own", () => {
    const old = { ...told, lastSync: 1 };
    expect(runtimesOf({ nodes: { pve1: [old], pve2: [told] }, guestOn: "pve2" })).toEqual([good]);
  });

  test("after a migration that swapped source and target goes on with the moved state", () => {
    const swapped = { ...config, source: "pve2", target: "pve1" };
    const next = { ...told, lastSync: told.lastSync === null ? null : told.lastSync + 900 };
    expect(
      runtimesOf({ replication: swapped, nodes: { pve1: [], pve2: [next] }, guestOn: "pve2", stored: good }),
    ).toEqual([{ ...good, lastSync: next.lastSync }]);
  });

  test("that forgot a successful run is lost, and keeps the last good one until the next", () => {
    const stolen = { ...config, source: "pve2", target: "pve1" };
    const lost = { ...good, lastTry: null, nextSync: null, stateLost: true };
    const nodes = { pve2: [neverRan] };
    expect(runtimesOf({ replication: stolen, nodes, guestOn: "pve2", stored: good })).toEqual([lost]);
    expect(runtimesOf({ replication: stolen, nodes, guestOn: "pve2", stored: lost, before: stolen })).toEqual(
      [lost],
    );
    const again = { ...told, lastSync: 1_760_000_000 };
    expect(
      runtimesOf({
        replication: stolen,
        nodes: { pve2: [again] },
        guestOn: "pve2",
        stored: lost,
        before: stolen,
      }),
    ).toEqual([{ ...good, lastSync: 1_760_000_000 }]);
  });

  test("of a job that is new under an old id takes nothing over from the old job", () => {
    const reused = { ...config, target: "pve3" };
    const fresh = { ...good, lastSync: null, lastTry: null, nextSync: null, duration: null };
    expect(runtimesOf({ replication: reused, nodes: { pve1: [neverRan] }, stored: good })).toEqual([fresh]);
    expect(runtimesOf({ replication: reused, nodes: { pve1: [] }, stored: good })).toEqual([
      { ...fresh, listed: false },
    ]);
    // Its node is silent: the old job's last run is not the new one's, whatever the next sync tells.
    expect(runtimesOf({ replication: reused, nodes: {}, stored: good })).toEqual([
      { ...fresh, listed: false },
    ]);
  });

  const worlds = fc.record({
    replications: replicationLists,
    values: fc.array(runtimeValues, { minLength: 9, maxLength: 9 }),
    answering: fc.subarray(["pve1", "pve2", "pve3"]),
    guestNodes: fc.array(fc.option(nodeName, { nil: undefined }), { minLength: 9, maxLength: 9 }),
    hidden: fc.subarray([100, 101, 102, 103]),
  });

  test("has at most one row for each configured replication, and is the same when it is fed back", () => {
    fc.assert(
      fc.property(worlds, ({ replications, values: runtimes, answering, guestNodes, hidden }) => {
        const nodeOfGuest = (guest: number) => guestNodes[guest - 100];
        const listed = replications.filter(({ guest }) => !hidden.includes(guest));
        const runtimeOf = ({ replicationId, guest }: ReplicationConfig, index: number) => ({
          ...told,
          ...runtimes[index],
          replicationId,
          guest,
        });
        const lists = Object.fromEntries(
          answering.map((node) => [
            node,
            listed.filter(({ guest }) => nodeOfGuest(guest) === node).map(runtimeOf),
          ]),
        );
        const input = {
          replications,
          listings: listings(lists),
          nodeOfGuest,
          before: new Map(replications.map((one) => [one.replicationId, one])),
        };
        const rows = desiredRuntimes({ ...input, stored: new Map() });
        const answered = replications.filter(({ guest }) => answering.includes(nodeOfGuest(guest) ?? "-"));
        expect(rows.map(({ replicationId }) => replicationId)).toEqual(
          answered.map(({ replicationId }) => replicationId),
        );
        expect(rows.filter((row) => row.listed).length).toBe(
          answered.filter((one) => listed.includes(one)).length,
        );
        const stored = new Map(rows.map((row) => [row.replicationId, row]));
        expect(desiredRuntimes({ ...input, stored })).toEqual(rows);
        expect(desiredRuntimes({ ...input, listings: new Map(), stored })).toEqual([]);
      }),
    );
  });
});
