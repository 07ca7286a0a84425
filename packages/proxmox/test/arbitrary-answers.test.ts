import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { readClusterStatus } from "../src/answers/read-cluster-status.ts";
import { readGuests } from "../src/answers/read-guests.ts";
import { readNodes } from "../src/answers/read-nodes.ts";
import { readPermissions } from "../src/answers/read-permissions.ts";
import { readReplications } from "../src/answers/read-replications.ts";
import { readRootCertificateFingerprint } from "../src/answers/read-root-certificate.ts";
import { readRuntimes } from "../src/answers/read-runtimes.ts";
import { readStorage } from "../src/answers/read-storage.ts";
import { readTicket } from "../src/answers/read-ticket.ts";
import { readVersion } from "../src/answers/read-version.ts";
import { parseData } from "../src/parse-json.ts";

const readers = {
  readClusterStatus,
  readGuests,
  readNodes,
  readPermissions,
  readReplications,
  readRootCertificateFingerprint,
  readRuntimes: (data: Parameters<typeof readRuntimes>[0]) => readRuntimes(data, 1_790_000_000),
  readStorage,
  readTicket,
  readVersion,
};
const asIs = (text: string) => text;

const scalar = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    "",
    "0",
    "1",
    0,
    1,
    true,
    false,
    "local",
    "qemu",
    "lxc",
    "node",
    "cluster",
    "100-0",
    "0.00",
    -1,
    2 ** 31,
    1e300,
  ),
  fc.string({ unit: "binary" }),
  fc.double(),
  fc.jsonValue({ maxDepth: 2 }),
);
const keys = [
  ...[
    "id",
    "guest",
    "jobnum",
    "type",
    "target",
    "source",
    "schedule",
    "rate",
    "disable",
    "comment",
    "remove_job",
  ],
  ...[
    "last_try",
    "last_sync",
    "next_sync",
    "fail_count",
    "duration",
    "error",
    "pid",
    "vmid",
    "node",
    "status",
    "name",
  ],
  ...[
    "template",
    "maxcpu",
    "maxmem",
    "maxdisk",
    "storage",
    "content",
    "nodes",
    "port",
    "nodeid",
    "ip",
    "online",
  ],
  ...[
    "quorate",
    "version",
    "filename",
    "fingerprint",
    "__proto__",
    "constructor",
    "toString",
    "prune-backups",
  ],
];
/** Objects that look like Proxmox's elements, with anything as values. */
const element = fc.dictionary(fc.constantFrom(...keys), scalar, { noNullPrototype: true });
const answer = fc.oneof(scalar, element, fc.array(fc.oneof(element, scalar)));

describe.each(Object.entries(readers))("%s", (_name, read) => {
  test("gives a value or complains about the answer, whatever comes", () => {
    fc.assert(
      fc.property(answer, (data) => {
        const parsed = parseData(JSON.stringify({ data }), asIs);
        try {
          const value = JSON.stringify(read(parsed));
          expect(value).not.toMatch(/\\u0000|\\ud[89a-f]/i);
        } catch (error) {
          expect(error).toMatchObject({
            name: "UnexpectedAnswer",
            message: expect.stringMatching(/^.{10,}$/u),
          });
          return;
        }
      }),
    );
  });
});

test("any body is parsed or complained about", () => {
  const body = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.json({ maxDepth: 100 }),
    fc.json().map((data) => `{"data":${data}}`),
  );
  fc.assert(
    fc.property(body, (text) => {
      try {
        parseData(text, asIs);
      } catch (error) {
        expect(error).toMatchObject({ name: "UnexpectedAnswer" });
        return;
      }
    }),
  );
});

test("the order of keys and of set-like lists does not show in storage", () => {
  const nodes = fc.uniqueArray(fc.constantFrom("pve1", "pve2", "pve3", "pve10"), { minLength: 1 });
  fc.assert(
    fc.property(nodes, fc.integer(), (names, seed) => {
      const entry = { storage: "s", type: "dir", path: "/x", nodes: names.join(","), digest: "a" };
      const shuffled = Object.entries({
        ...entry,
        nodes: names.toReversed().join(","),
        digest: String(seed),
      }).toReversed();
      const [one, two] = [entry, Object.fromEntries(shuffled)].map((sent) =>
        readStorage(parseData(JSON.stringify({ data: [sent] }), asIs)),
      );
      expect(two).toEqual(one);
    }),
  );
});
