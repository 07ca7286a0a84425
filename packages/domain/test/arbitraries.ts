import fc from "fast-check";
import type {
  ClusterStatus,
  GuestFacts,
  JsonObject,
  JsonValue,
  NodeFacts,
  ReplicationConfig,
  ReplicationRuntime,
  StorageFacts,
} from "../src/index.ts";

// Few different values, so that generated rows meet each other.
export const vmid = fc.integer({ min: 100, max: 108 });
export const nodeName = fc.constantFrom("pve1", "pve2", "pve3");
const guestName = fc.constantFrom("web", "WEB", "Web (101)", "web (102)", "db", "x".repeat(64));
const bytes = fc.integer({ min: 0, max: 2 ** 50 });

const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });

export const nodeFacts: fc.Arbitrary<NodeFacts> = fc.record({
  name: nodeName,
  status: fc.constantFrom("online", "offline", "unknown"),
  sslFingerprint: orNull(fc.constantFrom("AA:BB", "CC:DD")),
  level: orNull(fc.constantFrom("", "c")),
  cpu: orNull(fc.double({ min: 0, max: 1, noNaN: true })),
  maxCpu: orNull(fc.integer({ min: 1, max: 256 })),
  memory: orNull(bytes),
  maxMemory: orNull(bytes),
});

export const guestFacts: fc.Arbitrary<GuestFacts> = fc.record({
  vmid,
  type: fc.constantFrom("qemu", "lxc"),
  node: nodeName,
  status: fc.constantFrom("running", "stopped", "paused", "unknown", "io-error"),
  name: orNull(guestName),
  template: orNull(fc.boolean()),
  maxCpu: orNull(fc.double({ min: 0.01, max: 512, noNaN: true })),
  maxMemory: orNull(bytes),
  maxDisk: orNull(bytes),
});

const silentStorage = {
  path: null,
  server: null,
  port: null,
  username: null,
  export: null,
  share: null,
  pool: null,
  monhost: null,
  namespace: null,
  datastore: null,
  subdir: null,
  mountpoint: null,
  isMountpoint: null,
  preallocation: null,
  format: null,
  pruneBackups: null,
  maxProtectedBackups: null,
};

export const storageFacts: fc.Arbitrary<StorageFacts> = fc
  .record({
    name: fc.constantFrom("local", "local-zfs", "backup"),
    type: fc.constantFrom("dir", "zfspool"),
    content: fc.subarray(["backup", "images", "iso"]),
    nodes: orNull(fc.subarray(["pve1", "pve2", "pve3"], { minLength: 1 })),
    shared: fc.boolean(),
    enabled: fc.boolean(),
  })
  .map((facts) => ({ ...silentStorage, ...facts, raw: { storage: facts.name, type: facts.type } }));

export const replicationConfig: fc.Arbitrary<ReplicationConfig> = fc
  .record({
    guest: vmid,
    jobnum: fc.integer({ min: 0, max: 1 }),
    target: nodeName,
    source: orNull(nodeName),
    schedule: fc.constantFrom("*/15", "mon..fri 22:00"),
    rate: orNull(fc.double({ min: 0.001, max: 1000, noNaN: true })),
    disable: fc.boolean(),
    comment: orNull(fc.constantFrom("", "weekly copy")),
    removeJob: fc.constantFrom("local", "full", null),
  })
  .map((config) => {
    const replicationId = `${config.guest}-${config.jobnum}`;
    return {
      ...config,
      replicationId,
      jobType: "local" as const,
      raw: { id: replicationId, target: config.target },
    };
  });

const instant = fc.integer({ min: 1_700_000_000, max: 1_800_000_000 });

export const runtimeValues: fc.Arbitrary<Omit<ReplicationRuntime, "replicationId" | "guest">> = fc.record({
  lastSync: orNull(instant),
  lastTry: orNull(instant),
  nextSync: orNull(instant),
  duration: orNull(fc.double({ min: 0, max: 1e6, noNaN: true })),
  failCount: fc.integer({ min: 0, max: 3 }),
  error: orNull(fc.constantFrom("no route", "out of space")),
  pid: orNull(fc.integer({ min: 2, max: 4_194_304 })),
});

export const clusterStatus: fc.Arbitrary<ClusterStatus> = fc.record({
  cluster: orNull(
    fc.record({
      name: fc.constantFrom("prod", "lab"),
      nodes: fc.integer({ min: 1, max: 3 }),
      version: orNull(fc.integer({ min: 1, max: 9 })),
      quorate: fc.boolean(),
    }),
  ),
  members: fc.uniqueArray(
    fc.record({
      name: nodeName,
      nodeId: fc.integer({ min: 0, max: 3 }),
      ip: orNull(fc.constantFrom("10.0.0.1", "10.0.0.2")),
      online: fc.boolean(),
      local: fc.boolean(),
    }),
    { selector: ({ name }) => name },
  ),
});

/** Lists without two objects of the same key, as Proxmox gives them. */
export const listOf = <T>(item: fc.Arbitrary<T>, key: (item: T) => unknown): fc.Arbitrary<T[]> =>
  fc.uniqueArray(item, { selector: key, maxLength: 9 });

export const jsonObject = fc.dictionary(
  fc.string(),
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<JsonValue>,
  {
    noNullPrototype: true,
  },
) as fc.Arbitrary<JsonObject>;

/** The same value with the keys of every object in the opposite order. */
export function withReversedKeys(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withReversedKeys);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, inner]) => [key, withReversedKeys(inner)]),
  );
}
