import { expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  absenceOf,
  type Answer,
  coverageOf,
  desiredGuests,
  desiredNodes,
  desiredReplications,
  desiredRuntimes,
  desiredStorage,
  type GuestRow,
  type Kind,
  type NodeRow,
  type Plan,
  planRows,
  type ReplicationRow,
  type RuntimeRow,
  type Snapshot,
  type StorageRow,
} from "../src/index.ts";
import {
  guestFacts,
  listOf,
  nodeFacts,
  replicationConfig,
  runtimeValues,
  storageFacts,
} from "./arbitraries.ts";

interface Rows {
  readonly nodes: NodeRow;
  readonly storage: StorageRow;
  readonly guests: GuestRow;
  readonly replications: ReplicationRow;
  readonly runtimes: RuntimeRow;
}

/** One row of one endpoint: all endpoints' rows are in one list, under keys that both endpoints have. */
interface Entry {
  readonly endpoint: string;
  readonly kind: keyof Rows;
  readonly key: string;
  readonly row: Rows[keyof Rows];
  readonly stale: boolean;
}

const at = "2026-01-02T03:04:05.000Z";
const answer = <T>(call: string, value: T): Answer<T> => ({ ok: true, call, at, value });
const auditor = { "/vms": { "VM.Audit": true }, "/storage": { "Datastore.Audit": true } };
const identity = "AB:CD";
const nodeNames = ["pve1", "pve2", "pve3"];

/** What a cluster may answer: all that an auditor sees, and of some nodes no state. */
const snapshots: fc.Arbitrary<Snapshot> = fc
  .record({
    nodes: listOf(nodeFacts, ({ name }) => name),
    guests: listOf(guestFacts, ({ vmid }) => vmid),
    storage: listOf(storageFacts, ({ name }) => name),
    replications: listOf(replicationConfig, ({ replicationId }) => replicationId),
    runtimes: fc.array(runtimeValues, { minLength: 9, maxLength: 9 }),
    answering: fc.subarray(nodeNames),
    quorate: fc.boolean(),
    hidden: fc.subarray(["/vms/100", "/vms/101", "/storage/local"]),
  })
  .map(({ nodes, guests, storage, replications, runtimes, answering, quorate, hidden }) => {
    const paths = [
      ...Array.from({ length: 9 }, (_, index) => `/vms/${100 + index}`),
      ...["local", "local-zfs", "backup"].map((name) => `/storage/${name}`),
    ];
    const told = replications.flatMap(({ replicationId, guest }, index) => {
      const values = runtimes[index];
      return values === undefined ? [] : [{ ...values, replicationId, guest }];
    });
    return {
      version: answer("/version", { version: "9.2.6", release: "9.2", repoid: "0123" }),
      permissionsBefore: answer("/access/permissions", auditor),
      clusterStatus: answer("/cluster/status", {
        cluster: { name: "prod", nodes: nodes.length, version: 1, quorate },
        members: [],
      }),
      identity: answer("/nodes/pve1/certificates/info", identity),
      nodes: answer("/nodes", nodes),
      guests: answer("/cluster/resources?type=vm", guests),
      storage: answer("/storage", storage),
      runtimes: new Map(
        answering.map((node) => {
          const vmids = guests.filter((guest) => guest.node === node).map(({ vmid }) => vmid);
          const listed = told.filter(({ guest }) => vmids.includes(guest));
          return [node, answer(`/nodes/${node}/replication`, listed)];
        }),
      ),
      replications: answer("/cluster/replication", replications),
      permissionsAfter: answer("/access/permissions", auditor),
      visibility: new Map(
        paths.map((path) => [path, answer(`/access/permissions?path=${path}`, !hidden.includes(path))]),
      ),
    };
  });

const valueOf = <T>(told: Answer<readonly T[]> | null): readonly T[] => (told?.ok === true ? told.value : []);

/** The whole chain of planning of one endpoint, as the stages of a run do it; its rows are the only input. */
class Endpoint {
  readonly #name: string;
  #entries: Entry[];
  writes = 0;

  constructor(name: string, all: readonly Entry[]) {
    this.#name = name;
    this.#entries = all.filter(({ endpoint }) => endpoint === name);
  }

  sync(snapshot: Snapshot): readonly Entry[] {
    this.#syncInventory(snapshot);
    this.#syncReplications(snapshot);
    return this.#entries;
  }

  #syncInventory(snapshot: Snapshot): void {
    const nodes = new Map(this.#rows("nodes").map(({ row }) => [row.name, row]));
    this.#plan("nodes", snapshot, desiredNodes(valueOf(snapshot.nodes), null, nodes), {
      key: ({ name }) => name,
      path: () => null,
    });
    this.#plan("storage", snapshot, desiredStorage(valueOf(snapshot.storage)), {
      key: ({ name }) => name,
      path: ({ name }) => `/storage/${name}`,
    });
    const guests = new Map(this.#rows("guests").map(({ row }) => [row.vmid, row]));
    this.#plan("guests", snapshot, desiredGuests(valueOf(snapshot.guests), guests, []), {
      key: ({ vmid }) => String(vmid),
      path: ({ vmid }) => `/vms/${vmid}`,
    });
  }

  #syncReplications(snapshot: Snapshot): void {
    const guests = new Map(this.#rows("guests").map(({ row }) => [row.vmid, row]));
    const nodes = this.#rows("nodes");
    const before = this.#rows("replications");
    const replications = valueOf(snapshot.replications);
    const desired = desiredReplications(replications, {
      guests: new Set(guests.keys()),
      nodes: new Set(nodes.map(({ row }) => row.name)),
      isGone: (vmid) => absenceOf(this.#coverage("guests", snapshot), snapshot, `/vms/${vmid}`).gone,
    });
    this.#plan("replications", snapshot, desired, {
      key: ({ replicationId }) => replicationId,
      path: ({ guest }) => `/vms/${guest}`,
    });
    const stored = this.#rows("runtimes");
    const runtimes = desiredRuntimes({
      replications,
      listings: new Map(
        [...snapshot.runtimes].map(([node, told]) => [
          node,
          new Map(valueOf(told).map((one) => [one.replicationId, one])),
        ]),
      ),
      nodeOfGuest: (vmid) => guests.get(vmid)?.node,
      stored: new Map(stored.map(({ row }) => [row.replicationId, row])),
      before: new Map(before.map(({ row }) => [row.replicationId, row])),
    });
    const key = ({ replicationId }: RuntimeRow) => replicationId;
    const absence = () => ({ gone: false as const, reason: "never by itself" });
    this.#apply("runtimes", key, planRows({ key, desired: runtimes, stored, absence }));
  }

  #coverage(kind: Kind, snapshot: Snapshot) {
    return coverageOf(kind, snapshot, { identity, everClustered: true });
  }

  #plan<K extends Kind>(
    kind: K,
    snapshot: Snapshot,
    desired: readonly Rows[K][],
    { key, path }: { key: (row: Rows[K]) => string; path: (row: Rows[K]) => string | null },
  ): void {
    const coverage = this.#coverage(kind, snapshot);
    const absence = (row: Rows[K]) => absenceOf(coverage, snapshot, path(row));
    this.#apply(kind, key, planRows({ key, desired, stored: this.#rows(kind), absence }));
  }

  #rows<K extends keyof Rows>(kind: K): { row: Rows[K]; stale: boolean }[] {
    return this.#entries
      .filter((entry) => entry.kind === kind)
      .map(({ row, stale }) => ({ row: row as Rows[K], stale }));
  }

  #apply<K extends keyof Rows>(kind: K, key: (row: Rows[K]) => string, plan: Plan<Rows[K]>): void {
    this.writes += plan.create.length + plan.update.length + plan.stale.length;
    const written = [...plan.create, ...plan.update.map(({ after }) => after)];
    const rows = new Map(written.map((row) => [key(row), row]));
    const stale = new Set(plan.stale.map((one) => one.key));
    const kept = this.#entries.filter((entry) => entry.kind !== kind || !rows.has(entry.key));
    this.#entries = [
      ...kept.map((entry) =>
        entry.kind === kind && stale.has(entry.key) ? { ...entry, stale: true } : entry,
      ),
      ...[...rows].map(([id, row]) => ({ endpoint: this.#name, kind, key: id, row, stale: false })),
    ];
  }
}

/** Syncs one endpoint of a store that holds all; returns the store after it, and how many rows were written. */
function syncOne(store: readonly Entry[], name: string, snapshot: Snapshot) {
  const endpoint = new Endpoint(name, store);
  const own = endpoint.sync(snapshot);
  return {
    store: [...store.filter((entry) => entry.endpoint !== name), ...own],
    writes: endpoint.writes,
  };
}

const ofEndpoint = (store: readonly Entry[], name: string) =>
  store.filter(({ endpoint }) => endpoint === name);

test("a plan for one endpoint never touches another one's rows, although their keys collide", () => {
  fc.assert(
    fc.property(snapshots, snapshots, snapshots, (ofB, ofA, laterOfA) => {
      const onlyB = syncOne([], "B", ofB).store;
      const both = syncOne(onlyB, "A", ofA).store;
      const later = syncOne(both, "A", laterOfA).store;
      expect(ofEndpoint(later, "B")).toEqual(onlyB);
    }),
  );
});

test("what an endpoint's rows become does not depend on the other's, in whatever order they sync", () => {
  const syncs = fc.array(fc.tuple(fc.constantFrom("A", "B"), snapshots), { maxLength: 4 });
  fc.assert(
    fc.property(syncs, (steps) => {
      const together = steps.reduce<readonly Entry[]>(
        (store, [name, snapshot]) => syncOne(store, name, snapshot).store,
        [],
      );
      for (const name of ["A", "B"]) {
        const alone = steps
          .filter(([one]) => one === name)
          .reduce<readonly Entry[]>((store, [, snapshot]) => syncOne(store, name, snapshot).store, []);
        expect(ofEndpoint(together, name)).toEqual(alone);
      }
    }),
  );
});

test("a second sync of the same answers writes nothing, through the whole chain", () => {
  fc.assert(
    fc.property(snapshots, snapshots, (first, second) => {
      const before = syncOne([], "A", first).store;
      const once = syncOne(before, "A", second);
      const twice = syncOne(once.store, "A", second);
      expect(twice.writes).toBe(0);
      expect(twice.store).toEqual(once.store);
    }),
  );
});

test("no answer of any cluster makes a replication stale while the cluster has no quorum", () => {
  fc.assert(
    fc.property(snapshots, snapshots, (first, second) => {
      const status = answer("/cluster/status", {
        cluster: { name: "prod", nodes: 3, version: 1, quorate: false },
        members: [],
      });
      const before = syncOne([], "A", first).store;
      const after = syncOne(before, "A", { ...second, clusterStatus: status }).store;
      expect(after.filter(({ stale }) => stale)).toEqual([]);
    }),
  );
});
