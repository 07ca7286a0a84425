import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  type ClusterStatus,
  desiredCluster,
  desiredGuests,
  desiredNodes,
  desiredStorage,
  type GuestFacts,
  type GuestRow,
  type NodeFacts,
  type NodeRow,
} from "../src/index.ts";
import { clusterStatus, guestFacts, listOf, nodeFacts, storageFacts } from "./arbitraries.ts";

const byVmid = (rows: readonly GuestRow[]) => new Map(rows.map((row) => [row.vmid, row]));
const byName = (rows: readonly NodeRow[]) => new Map(rows.map((row) => [row.name, row]));
const guestLists = listOf(guestFacts, ({ vmid }) => vmid);
const nodeLists = listOf(nodeFacts, ({ name }) => name);

describe("the cluster", () => {
  const member = { nodeId: 0, ip: null, online: true, local: true };

  test.each<[string, ClusterStatus, ReturnType<typeof desiredCluster>]>([
    [
      "is what the cluster entry says",
      { cluster: { name: "prod", nodes: 3, version: 7, quorate: false }, members: [] },
      { name: "prod", mode: "cluster", nodesCount: 3, quorate: false, version: 7 },
    ],
    [
      "of a stand-alone node is named after it",
      { cluster: null, members: [{ ...member, name: "pve" }] },
      { name: "pve", mode: "standalone", nodesCount: 1, quorate: true, version: null },
    ],
    ["is not known from an empty status", { cluster: null, members: [] }, null],
  ])("%s", (_sentence, status, row) => {
    expect(desiredCluster(status)).toEqual(row);
  });
});

describe("nodes", () => {
  const facts: NodeFacts = {
    name: "pve1",
    status: "online",
    sslFingerprint: "AA:BB",
    level: "c",
    cpu: 0.5,
    maxCpu: 8,
    memory: 1,
    maxMemory: 2 ** 35,
  };
  const member = { name: "pve1", nodeId: 1, ip: "10.0.0.1", online: true, local: true };
  const silent = {
    sslFingerprint: null,
    level: null,
    cpu: null,
    maxCpu: null,
    memory: null,
    maxMemory: null,
  };

  test("join the facts of both calls", () => {
    expect(desiredNodes([facts], { cluster: null, members: [member] }, new Map())).toEqual([
      {
        name: "pve1",
        proxmoxCluster: "pve1",
        nodeId: 1,
        ipAddress: "10.0.0.1",
        online: true,
        local: true,
        maxCpu: 8,
        maxMemory: 2 ** 35,
        sslFingerprint: "AA:BB",
        supportLevel: "c",
      },
    ]);
  });

  test.each([
    ["online", true, true],
    ["online", false, true],
    ["unknown", true, true],
    ["unknown", false, false],
    ["offline", true, false],
    ["offline", false, false],
  ] as const)("with status %s, and online %s in the cluster, are online: %s", (status, inCluster, online) => {
    const rows = desiredNodes(
      [{ ...facts, status }],
      { cluster: null, members: [{ ...member, online: inCluster }] },
      new Map(),
    );
    expect(rows.map((row) => row.online)).toEqual([online]);
  });

  test("that were never told of have empty facts, not invented ones", () => {
    expect(desiredNodes([{ ...facts, ...silent, status: "offline" }], null, new Map())).toEqual([
      {
        name: "pve1",
        proxmoxCluster: null,
        nodeId: null,
        ipAddress: "",
        online: false,
        local: false,
        maxCpu: null,
        maxMemory: null,
        sslFingerprint: "",
        supportLevel: "",
      },
    ]);
  });

  test("that fall silent keep every stored value but whether they are online", () => {
    fc.assert(
      fc.property(nodeLists, clusterStatus, (nodes, status) => {
        const stored = desiredNodes(nodes, status, new Map());
        const later = nodes.map((node) => ({ ...node, ...silent, status: "offline" as const }));
        expect(desiredNodes(later, null, byName(stored))).toEqual(
          stored.map((row) => ({ ...row, online: false })),
        );
      }),
    );
  });

  test("give the same rows when the rows are fed back as stored", () => {
    fc.assert(
      fc.property(nodeLists, clusterStatus, (nodes, status) => {
        const rows = desiredNodes(nodes, status, new Map());
        expect(desiredNodes(nodes, status, byName(rows))).toEqual(rows);
      }),
    );
  });

  test("that are told take the new value, also where it is empty or false", () => {
    const stored = desiredNodes([facts], { cluster: null, members: [member] }, new Map());
    const [row] = desiredNodes(
      [{ ...facts, level: "", maxCpu: 16 }],
      { cluster: null, members: [{ ...member, nodeId: 0, local: false }] },
      byName(stored),
    );
    expect(row).toMatchObject({ supportLevel: "", maxCpu: 16, nodeId: 0, local: false });
  });
});

describe("storage", () => {
  test("has its lists as text, all nodes as null, and what was sent as raw configuration", () => {
    fc.assert(
      fc.property(storageFacts, (facts) => {
        const [row] = desiredStorage([facts]);
        const { type, raw, content, nodes, ...same } = facts;
        expect(row).toEqual({
          ...same,
          storageType: type,
          content: content.join(","),
          nodes: nodes === null ? null : nodes.join(","),
          rawConfig: raw,
        });
      }),
    );
  });
});

const guest: GuestFacts = {
  vmid: 100,
  type: "qemu",
  node: "pve1",
  status: "running",
  name: "web",
  template: false,
  maxCpu: 4,
  maxMemory: 4 * 2 ** 30,
  maxDisk: 32 * 2 ** 30,
};
/** What every guest of an offline node looks like (contract section 4). */
const silentGuest = {
  status: "unknown",
  name: null,
  template: null,
  maxCpu: null,
  maxMemory: null,
  maxDisk: null,
};

describe("guests", () => {
  test("have sizes in MB and NetBox's words", () => {
    expect(desiredGuests([guest], new Map(), [])).toEqual([
      {
        vmid: 100,
        guestType: "qemu",
        template: false,
        node: "pve1",
        sourceName: "web",
        name: "web",
        status: "active",
        vcpus: 4,
        memory: 4096,
        disk: 32_768,
      },
    ]);
  });

  test.each([
    ["running", "active"],
    ["stopped", "offline"],
    ["paused", "paused"],
    ["suspended", "paused"],
    ["prelaunch", "paused"],
    ["inmigrate", "paused"],
    ["postmigrate", "paused"],
    ["save-vm", "paused"],
    ["internal-error", "failed"],
    ["io-error", "failed"],
    ["guest-panicked", "failed"],
    ["a-state-of-tomorrow", "active"],
    ["constructor", "active"],
  ])("with status %s are %s", (status, expected) => {
    expect(desiredGuests([{ ...guest, status }], new Map(), []).map((row) => row.status)).toEqual([expected]);
  });

  test.each([
    ["qemu", "VM 100"],
    ["lxc", "CT100"],
  ] as const)("of type %s without a name are called as Proxmox calls them", (type, name) => {
    const rows = desiredGuests([{ ...guest, ...silentGuest, type }], new Map(), []);
    expect(rows).toEqual([
      {
        vmid: 100,
        guestType: type,
        template: false,
        node: "pve1",
        sourceName: null,
        name,
        status: "offline",
        vcpus: null,
        memory: null,
        disk: null,
      },
    ]);
  });

  test("without a name get it as soon as it is told", () => {
    const stored = desiredGuests([{ ...guest, ...silentGuest }], new Map(), []);
    const rows = desiredGuests([guest], byVmid(stored), []);
    expect(rows.map(({ name, sourceName }) => [name, sourceName])).toEqual([["web", "web"]]);
  });

  test("of an offline node keep every stored value", () => {
    fc.assert(
      fc.property(guestLists, (guests) => {
        const stored = desiredGuests(guests, new Map(), []);
        const later = guests.map((one) => ({ ...one, ...silentGuest }));
        expect(desiredGuests(later, byVmid(stored), [])).toEqual(stored);
      }),
    );
  });

  test("give the same rows when the rows are fed back as stored", () => {
    fc.assert(
      fc.property(guestLists, guestLists, (earlier, guests) => {
        const before = byVmid(desiredGuests(earlier, new Map(), ["Mail"]));
        const rows = desiredGuests(guests, before, ["Mail"]);
        const stored = new Map([...before, ...byVmid(rows)]);
        expect(desiredGuests(guests, stored, ["Mail"])).toEqual(rows);
      }),
    );
  });

  test("never take the name of a row that is not listed any more, nor of a foreign one", () => {
    const stored = byVmid(desiredGuests([guest, { ...guest, vmid: 101, name: "db" }], new Map(), []));
    const rows = desiredGuests(
      [
        { ...guest, vmid: 102, name: "WEB" },
        { ...guest, vmid: 103, name: "mail" },
      ],
      stored,
      ["Mail"],
    );
    expect(rows.map(({ name }) => name)).toEqual(["WEB (102)", "mail (103)"]);
  });

  test("take back a name that was changed in NetBox, because Proxmox owns it", () => {
    const [row] = desiredGuests([guest], new Map(), []);
    const stored = row === undefined ? [] : [{ ...row, name: "changed by hand" }];
    expect(desiredGuests([guest], byVmid(stored), []).map(({ name }) => name)).toEqual(["web"]);
  });

  test("that moved, or came back as another type under the same vmid, are told so", () => {
    const stored = byVmid(desiredGuests([guest], new Map(), []));
    const [row] = desiredGuests([{ ...guest, ...silentGuest, node: "pve2", type: "lxc" }], stored, []);
    expect(row).toMatchObject({ node: "pve2", guestType: "lxc", name: "web" });
  });

  test.each([
    [1 / 3, 0.33],
    [0.005, 0.01],
    [128, 128],
  ])("limited to %d processors have %d vcpus, as NetBox can store it", (maxCpu, vcpus) => {
    expect(desiredGuests([{ ...guest, maxCpu }], new Map(), []).map((row) => row.vcpus)).toEqual([vcpus]);
  });

  test("larger than a 32-bit number of MB are cut to it", () => {
    const [row] = desiredGuests([{ ...guest, maxDisk: 2 ** 60 }], new Map(), []);
    expect(row?.disk).toBe(2 ** 31 - 1);
  });
});
