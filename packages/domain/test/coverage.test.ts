import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  absenceOf,
  type Answer,
  coverageOf,
  type FailureCode,
  type Kind,
  type KnownEndpoint,
  type PermissionMap,
  type Snapshot,
} from "../src/index.ts";

const kinds: Kind[] = ["nodes", "storage", "guests", "replications"];
const filtered: Kind[] = ["storage", "guests", "replications"];
const at = "2026-01-02T03:04:05.000Z";
const path: Record<Kind, string | null> = {
  nodes: null,
  storage: "/storage/local",
  guests: "/vms/100",
  replications: "/vms/100",
};

const answer = <T>(call: string, value: T): Answer<T> => ({ ok: true, call, at, value });
const failure = (call: string, code: FailureCode = "unreachable"): Answer<never> => ({
  ok: false,
  call,
  at,
  failure: { code, message: `${call} failed` },
});

const auditor: PermissionMap = { "/vms": { "VM.Audit": true }, "/storage": { "Datastore.Audit": true } };
const inCluster = { name: "prod", nodes: 3, version: 7, quorate: true };

const whole: Snapshot = {
  version: answer("/version", { version: "9.2.6", release: "9.2", repoid: "0123" }),
  permissionsBefore: answer("/access/permissions", auditor),
  clusterStatus: answer("/cluster/status", { cluster: inCluster, members: [] }),
  identity: answer("/nodes/pve1/certificates/info", "AB:CD"),
  nodes: answer("/nodes", []),
  guests: answer("/cluster/resources?type=vm", []),
  storage: answer("/storage", []),
  runtimes: new Map([["pve2", failure("/nodes/pve2/replication", "node-offline")]]),
  replications: answer("/cluster/replication", []),
  permissionsAfter: answer("/access/permissions", auditor),
  visibility: new Map([
    ["/vms/100", answer("/access/permissions?path=/vms/100", true)],
    ["/storage/local", answer("/access/permissions?path=/storage/local", true)],
  ]),
};
const known: KnownEndpoint = { identity: "AB:CD", everClustered: true };

const isGone = (kind: Kind, snapshot: Snapshot, endpoint = known) =>
  absenceOf(coverageOf(kind, snapshot, endpoint), snapshot, path[kind]).gone;

describe("a complete snapshot", () => {
  test.each(kinds)("proves that %s are gone, although a node did not answer", (kind) => {
    expect(isGone(kind, whole)).toBe(true);
  });

  test("names in its proof the calls, their times, the identity and the rights that were seen", () => {
    const call = (name: string) => ({ call: name, at });
    expect(absenceOf(coverageOf("replications", whole, known), whole, "/vms/100")).toEqual({
      gone: true,
      proof: {
        list: call("/cluster/replication"),
        permissions_before: call("/access/permissions"),
        permissions_after: call("/access/permissions"),
        cluster_status: call("/cluster/status"),
        identity: "AB:CD",
        rights: "VM.Audit on /vms, propagating",
        visibility: call("/access/permissions?path=/vms/100"),
      },
    });
  });

  test("is complete on a stand-alone node that never was in a cluster", () => {
    const alone = { ...whole, clusterStatus: answer("/cluster/status", { cluster: null, members: [] }) };
    for (const kind of kinds) {
      expect(isGone(kind, alone, { identity: "AB:CD", everClustered: false })).toBe(true);
    }
  });

  test("needs but one of the two privileges that show a storage", () => {
    const allocator = answer("/access/permissions", { "/storage": { "Datastore.AllocateSpace": true } });
    expect(isGone("storage", { ...whole, permissionsBefore: allocator, permissionsAfter: allocator })).toBe(
      true,
    );
  });
});

type Defect = [sentence: string, snapshot: Partial<Snapshot>, endpoint?: Partial<KnownEndpoint>];

const defectsOfEveryKind: Defect[] = [
  [
    "the list is not asked for",
    { storage: null, guests: null, replications: null, nodes: failure("/nodes") },
  ],
  [
    "the list fails",
    {
      nodes: failure("/nodes"),
      storage: failure("/storage"),
      guests: failure("/cluster/resources?type=vm", "bad-answer"),
      replications: failure("/cluster/replication", "forbidden"),
    },
  ],
  ["the status of the cluster fails", { clusterStatus: failure("/cluster/status", "forbidden") }],
  [
    "the cluster has no quorum",
    {
      clusterStatus: answer("/cluster/status", { cluster: { ...inCluster, quorate: false }, members: [] }),
    },
  ],
  [
    "the cluster is no cluster any more",
    { clusterStatus: answer("/cluster/status", { cluster: null, members: [] }) },
  ],
  ["the identity cannot be read", { identity: failure("/nodes/pve1/certificates/info") }],
  ["the identity was not known before", {}, { identity: null }],
  ["another cluster answers", {}, { identity: "EF:01" }],
];

const without = (permissions: PermissionMap): Answer<PermissionMap> =>
  answer("/access/permissions", permissions);

const lacking: PermissionMap[] = [
  {},
  // Value 0: the privilege holds on that path alone and reaches no object below.
  { "/vms": { "VM.Audit": false }, "/storage": { "Datastore.Audit": false } },
  { "/vms": { "VM.Allocate": true }, "/storage": { "Datastore.Allocate": true } },
  { "/": { "VM.Audit": true, "Datastore.Audit": true } },
];

const defectsOfFilteredKinds: Defect[] = [
  ["the rights before cannot be read", { permissionsBefore: failure("/access/permissions") }],
  ["the rights after cannot be read", { permissionsAfter: failure("/access/permissions") }],
  ...lacking.flatMap((permissions): Defect[] => [
    [`the rights before are ${JSON.stringify(permissions)}`, { permissionsBefore: without(permissions) }],
    [`the rights after are ${JSON.stringify(permissions)}`, { permissionsAfter: without(permissions) }],
  ]),
  ["the visibility of the object was not tested", { visibility: new Map() }],
  [
    "the test of visibility fails",
    {
      visibility: new Map([
        ["/vms/100", failure("/access/permissions?path=/vms/100")],
        ["/storage/local", failure("/access/permissions?path=/storage/local")],
      ]),
    },
  ],
  [
    "the object may not be seen",
    {
      visibility: new Map([
        ["/vms/100", answer("/access/permissions?path=/vms/100", false)],
        ["/storage/local", answer("/access/permissions?path=/storage/local", false)],
      ]),
    },
  ],
  [
    "only another object's visibility was tested",
    {
      visibility: new Map([
        ["/vms/10", answer("/access/permissions?path=/vms/10", true)],
        ["/storage/local-zfs", answer("/access/permissions?path=/storage/local-zfs", true)],
      ]),
    },
  ],
];

describe("each missing condition alone makes the absence unproven", () => {
  test.each(defectsOfEveryKind)("for every kind when %s", (_sentence, defect, endpoint = {}) => {
    for (const kind of kinds) {
      expect([kind, isGone(kind, { ...whole, ...defect }, { ...known, ...endpoint })]).toEqual([kind, false]);
    }
  });

  test.each(defectsOfFilteredKinds)(
    "for what rights filter, and not for nodes, when %s",
    (_sentence, defect) => {
      const snapshot = { ...whole, ...defect };
      for (const kind of kinds) expect([kind, isGone(kind, snapshot)]).toEqual([kind, kind === "nodes"]);
    },
  );

  test("with a reason in words that an operator can act on", () => {
    const blind = { ...whole, permissionsAfter: without({}) };
    expect(absenceOf(coverageOf("guests", blind, known), blind, "/vms/100")).toEqual({
      gone: false,
      reason:
        "the credentials lack VM.Audit on /vms with propagation; " +
        "give the user, and a privilege-separated token too, the role PVEAuditor on /",
    });
  });
});

/** Every condition of the contract, as a flag. */
const conditions = fc.record({
  asked: fc.boolean(),
  listed: fc.boolean(),
  statusKnown: fc.boolean(),
  clustered: fc.boolean(),
  everClustered: fc.boolean(),
  quorate: fc.boolean(),
  identityTold: fc.boolean(),
  identityStored: fc.boolean(),
  identitySame: fc.boolean(),
  rightBefore: fc.boolean(),
  rightAfter: fc.boolean(),
  tested: fc.boolean(),
  visible: fc.boolean(),
});
type Conditions = typeof conditions extends fc.Arbitrary<infer Flags> ? Flags : never;
/** Mostly true: else a property would hardly ever see a proof. */
const mostlyTrue: fc.Arbitrary<Conditions> = fc
  .tuple(conditions, conditions, conditions)
  .map(([first, second, third]) => {
    const entries = (Object.keys(first) as (keyof Conditions)[]).map((name) => [
      name,
      first[name] || second[name] || third[name],
    ]);
    return Object.fromEntries(entries) as Conditions;
  });

function snapshotOf(kind: Kind, flags: Conditions): Snapshot {
  const list = flags.listed ? answer("/list", []) : failure("/list");
  const field = kind === "nodes" || flags.asked ? list : null;
  const cluster = flags.clustered ? { ...inCluster, quorate: flags.quorate } : null;
  const rights = (has: boolean) => answer("/access/permissions", has ? auditor : {});
  const orFailure = <T>(told: boolean, value: T) => (told ? answer("/call", value) : failure("/call"));
  const seen = answer("/access/permissions?path", flags.visible);
  return {
    ...whole,
    [kind]: field,
    clusterStatus: orFailure(flags.statusKnown, { cluster, members: [] }),
    identity: orFailure(flags.identityTold, flags.identitySame ? "AB:CD" : "EF:01"),
    permissionsBefore: rights(flags.rightBefore),
    permissionsAfter: rights(flags.rightAfter),
    visibility: new Map(flags.tested ? [[path[kind] ?? "", seen]] : []),
  };
}

function provesAbsence(kind: Kind, flags: Conditions): boolean {
  const cluster = flags.clustered ? flags.quorate : !flags.everClustered;
  const { listed, statusKnown, identityTold, identityStored, identitySame } = flags;
  const { asked, rightBefore, rightAfter, tested, visible } = flags;
  const always = [listed, statusKnown, cluster, identityTold, identityStored, identitySame];
  const rights = [asked, rightBefore, rightAfter, tested, visible];
  return [...always, ...(kind === "nodes" ? [] : rights)].every(Boolean);
}

test.each([conditions, mostlyTrue])("an object is gone only if all conditions hold", (flags) => {
  fc.assert(
    fc.property(fc.constantFrom(...kinds), flags, (kind, chosen) => {
      const endpoint = {
        identity: chosen.identityStored ? "AB:CD" : null,
        everClustered: chosen.everClustered,
      };
      expect(isGone(kind, snapshotOf(kind, chosen), endpoint)).toBe(provesAbsence(kind, chosen));
    }),
    { numRuns: 1000 },
  );
});

test("what the list holds, and which nodes were silent, has no part in the judgement", () => {
  const silent = new Map([
    ["pve1", failure("/nodes/pve1/replication")],
    ["pve2", failure("/nodes/pve2/replication", "server-error")],
  ]);
  for (const kind of filtered) {
    expect(coverageOf(kind, { ...whole, runtimes: silent }, known)).toEqual(coverageOf(kind, whole, known));
  }
});
