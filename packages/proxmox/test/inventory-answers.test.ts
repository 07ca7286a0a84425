import type { JsonObject, JsonValue } from "@proxbox/domain";
import { describe, expect, test } from "@jest/globals";
import { readClusterStatus } from "../src/answers/read-cluster-status.ts";
import { readGuests } from "../src/answers/read-guests.ts";
import { readNodes } from "../src/answers/read-nodes.ts";
import { readPermissions } from "../src/answers/read-permissions.ts";
import { readRootCertificateFingerprint } from "../src/answers/read-root-certificate.ts";
import { readStorage } from "../src/answers/read-storage.ts";
import { readVersion } from "../src/answers/read-version.ts";

const guest = {
  id: "qemu/100",
  vmid: 100,
  type: "qemu",
  node: "pve1",
  status: "running",
  name: "web",
  template: 0,
};
const storage = { storage: "local", type: "dir", content: "iso", digest: "0123" };
const node = { node: "pve1", id: "node/pve1", type: "node", status: "online" };

describe("GET /cluster/resources?type=vm", () => {
  const statistics = { maxcpu: 4, maxmem: 4_294_967_296, maxdisk: 34_359_738_368 };

  test("gives guests", () => {
    expect(readGuests([{ ...guest, ...statistics, tags: "a;b", cpu: 0.01 }])).toStrictEqual([
      {
        vmid: 100,
        type: "qemu",
        node: "pve1",
        status: "running",
        name: "web",
        template: false,
        maxCpu: 4,
        maxMemory: 4_294_967_296,
        maxDisk: 34_359_738_368,
      },
    ]);
  });

  test("says nothing of what is unknown on a silent node", () => {
    const silent = { id: "lxc/101", vmid: 101, type: "lxc", node: "pve3", status: "unknown", lock: "backup" };
    const nothing = { name: null, template: null, maxCpu: null, maxMemory: null, maxDisk: null };
    expect(readGuests([silent])).toMatchObject([{ status: "unknown", ...nothing }]);
  });

  test.each<[JsonObject, boolean | null]>([
    [{ template: 1 }, true],
    [{ template: "1" }, true],
    [{ template: "" }, false],
    [{ template: 0, status: "unknown" }, false],
    [{ template: null }, false],
    [{ template: null, status: "unknown" }, null],
    [{ template: null, status: "stopped" }, false],
  ])("reads the template flag of %j as %j", (changes, expected) => {
    expect(readGuests([{ ...guest, ...changes }])).toMatchObject([{ template: expected }]);
  });

  test("accepts texts as numbers, halves of processors and any state of QEMU", () => {
    const sent = { ...guest, vmid: "103", maxcpu: "0.50", maxmem: "1073741824", status: "internal-error" };
    expect(readGuests([sent])).toMatchObject([
      { vmid: 103, maxCpu: 0.5, maxMemory: 1_073_741_824, status: "internal-error" },
    ]);
  });

  test("passes over other resources", () => {
    const others = [{ type: "network", id: "network/x" }, { type: "node" }, { type: "sdn", vmid: "none" }];
    expect(readGuests([...others, guest])).toHaveLength(1);
  });

  test.each<[JsonObject, RegExp]>([
    [{ vmid: 2 ** 31 }, /Element 1 \("qemu\/100"\) of the answer: "vmid" is not between 0 and 2147483647/],
    [{ vmid: "1o3" }, /"vmid" is not a number/],
    [{ vmid: null }, /"vmid" is missing/],
    [{ vmid: 100.5 }, /"vmid" is not a whole number/],
    [{ node: null }, /"node" is missing/],
    [{ type: null }, /"type" is missing/],
    [{ maxmem: 1e300 }, /"maxmem" is too large/],
    [{ name: [] }, /"name" is not a text/],
  ])("refuses the whole answer for %j", (broken, message) => {
    expect(() => readGuests([{ ...guest, ...broken }])).toThrow(message);
  });
});

describe("GET /storage", () => {
  test("is the same in whatever order and with whatever digest it is sent", () => {
    const one = {
      storage: "z",
      type: "zfspool",
      content: "rootdir,images",
      nodes: "pve2,pve1",
      digest: "1",
      pool: "tank",
    };
    const two = {
      pool: "tank",
      nodes: "pve1, pve2,pve2",
      digest: "2",
      content: "images;rootdir",
      type: "zfspool",
      storage: "z",
    };
    expect(readStorage([two])).toEqual(readStorage([one]));
    expect(readStorage([one])).toMatchObject([
      {
        name: "z",
        content: ["images", "rootdir"],
        nodes: ["pve1", "pve2"],
        pool: "tank",
        raw: { storage: "z", type: "zfspool", content: "images,rootdir", nodes: "pve1,pve2", pool: "tank" },
      },
    ]);
    expect(readStorage([one])[0]?.raw).not.toHaveProperty("digest");
  });

  test("gives defaults for what is missing", () => {
    const [value] = readStorage([{ storage: "local", type: "dir" }]);
    expect(value).toMatchObject({
      content: [],
      nodes: null,
      shared: false,
      enabled: true,
      raw: { storage: "local" },
    });
    const {
      name: _name,
      type: _type,
      content: _content,
      shared: _shared,
      enabled: _enabled,
      raw: _raw,
      ...others
    } = value ?? { name: "" };
    expect(new Set(Object.values(others))).toEqual(new Set([null]));
  });

  test("reads settings of the various types", () => {
    const sent = {
      ...storage,
      shared: "1",
      disable: 1,
      port: "8007",
      is_mountpoint: 1,
      "prune-backups": "keep-last=3",
      "max-protected-backups": "-1",
    };
    expect(() => readStorage([sent])).not.toThrow();
    expect(readStorage([sent])).toMatchObject([
      {
        shared: true,
        enabled: false,
        port: 8007,
        isMountpoint: "1",
        pruneBackups: "keep-last=3",
        maxProtectedBackups: -1,
      },
    ]);
    const asObject = { ...storage, "prune-backups": { "keep-weekly": 2, "keep-last": "3" } };
    expect(readStorage([asObject])).toMatchObject([{ pruneBackups: "keep-last=3,keep-weekly=2" }]);
  });

  test.each<[JsonObject, RegExp]>([
    [{ storage: null }, /"storage" is missing/],
    [{ type: "" }, /"type" is empty/],
    [{ content: { iso: 1 } }, /"content" is not a list of names/],
    [{ port: 1e10 }, /"port" is not between/],
  ])("refuses the whole answer for %j", (broken, message) => {
    expect(() => readStorage([{ ...storage, ...broken }])).toThrow(message);
  });
});

describe("GET /cluster/status", () => {
  const member = {
    type: "node",
    id: "node/pve1",
    name: "pve1",
    nodeid: 1,
    local: 1,
    online: 1,
    ip: "192.0.2.1",
    level: "",
  };
  const cluster = { type: "cluster", id: "cluster", name: "alpha", nodes: 2, version: 7, quorate: 1 };

  test("gives cluster and members", () => {
    const silent = { type: "node", name: "pve2", nodeid: "2", local: 0, online: "0" };
    expect(readClusterStatus([silent, cluster, member])).toStrictEqual({
      cluster: { name: "alpha", nodes: 2, version: 7, quorate: true },
      members: [
        { name: "pve2", nodeId: 2, ip: null, online: false, local: false },
        { name: "pve1", nodeId: 1, ip: "192.0.2.1", online: true, local: true },
      ],
    });
  });

  test("knows a stand-alone node by the missing cluster", () => {
    expect(readClusterStatus([{ ...member, nodeid: 0 }])).toMatchObject({
      cluster: null,
      members: [{ nodeId: 0 }],
    });
  });

  test("takes no quorum for granted", () => {
    const { quorate: _quorate, ...silent } = cluster;
    expect(readClusterStatus([silent, member])).toMatchObject({ cluster: { quorate: false } });
  });

  test.each<[JsonValue[], RegExp]>([
    [[], /names no node/],
    [[cluster], /names no node/],
    [[cluster, cluster, member], /occurs twice/],
    [[member, member], /occurs twice/],
    [[{ ...member, type: "qdevice" }], /"type" is neither/],
    [[{ ...member, nodeid: null }], /"nodeid" is missing/],
  ])("refuses %j", (data, message) => {
    expect(() => readClusterStatus(data)).toThrow(message);
  });
});

describe("GET /nodes", () => {
  test("gives statistics where there are some", () => {
    const sent = {
      ...node,
      ssl_fingerprint: "AB:CD",
      level: "",
      cpu: "0.00",
      maxcpu: 8,
      mem: "1024",
      maxmem: 2048,
    };
    expect(
      readNodes([sent, { node: "pve2", status: "offline", level: null, ssl_fingerprint: null }]),
    ).toStrictEqual([
      {
        name: "pve1",
        status: "online",
        sslFingerprint: "AB:CD",
        level: "",
        cpu: 0,
        maxCpu: 8,
        memory: 1024,
        maxMemory: 2048,
      },
      {
        name: "pve2",
        status: "offline",
        sslFingerprint: null,
        level: null,
        cpu: null,
        maxCpu: null,
        memory: null,
        maxMemory: null,
      },
    ]);
  });

  test("knows no other status than online and offline", () => {
    expect(readNodes([{ node: "pve1", status: "rebooting" }])).toMatchObject([{ status: "unknown" }]);
  });

  test("is never empty", () => {
    expect(() => readNodes([])).toThrow(/names no node/);
  });
});

describe("the small answers", () => {
  test("GET /version may have bits of the datacenter's configuration", () => {
    const sent = {
      version: "6.4-15",
      release: "6.4",
      repoid: "af7986e6",
      keyboard: "de",
      migration: { type: "secure" },
    };
    expect(readVersion(sent)).toStrictEqual({ version: "6.4-15", release: "6.4", repoid: "af7986e6" });
    expect(readVersion({ version: "9.2.6", repoid: null })).toStrictEqual({
      version: "9.2.6",
      release: "",
      repoid: "",
    });
    expect(() => readVersion({ release: "9.2" })).toThrow(/"version" is missing/);
  });

  test("GET /nodes/{node}/certificates/info identifies a cluster by its root", () => {
    const fingerprint = Array.from({ length: 32 }, (_, index) => (index + 160).toString(16)).join(":");
    const certificates = [
      { filename: "pve-ssl.pem", fingerprint: "other" },
      { filename: "pve-root-ca.pem", fingerprint },
    ];
    expect(readRootCertificateFingerprint(certificates)).toBe(fingerprint.toUpperCase());
    expect(() => readRootCertificateFingerprint(certificates.slice(0, 1))).toThrow(/pve-root-ca\.pem/);
    expect(() => readRootCertificateFingerprint([{ filename: "pve-root-ca.pem" }])).toThrow(
      /pve-root-ca\.pem/,
    );
  });

  test("GET /access/permissions says how far each privilege reaches", () => {
    expect(readPermissions({ "/": { "Sys.Audit": 1 }, "/vms": { "VM.Audit": 0 }, "/vms/104": {} })).toEqual({
      "/": { "Sys.Audit": true },
      "/vms": { "VM.Audit": false },
      "/vms/104": {},
    });
    expect(() => readPermissions([])).toThrow(/a list instead of an object/);
    expect(() => readPermissions({ "/vms": ["VM.Audit"] })).toThrow(/"\/vms"/);
  });
});
