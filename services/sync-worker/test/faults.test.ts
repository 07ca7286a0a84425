import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { DEFAULT_TOKEN, type Fault, type FaultRule } from "@proxbox/pve-simulator";
import {
  type Inventory,
  replicationStates,
  staleKeys,
  type StoredState,
  storedInventory,
} from "./stored-inventory.ts";
import { type JobRow, type Lab, type LabCluster, openLab } from "./sync-lab.ts";

/** Only the sync in trouble is so impatient; a slow machine must not make the others fail. */
const impatienceMs = 300;

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
});
afterAll(() => lab.close());

/** One call of a sync: how a fault finds it, and how the job's error names it. */
interface Call {
  readonly what: string;
  readonly rule: Pick<FaultRule, "path" | "method" | "when">;
  /** Hit it only before, or only after, the lists were asked for. */
  readonly lists?: "to come" | "here";
  /** Null: the run ends with this call, before any stage. */
  readonly stage: string | null;
  readonly named: string;
  readonly login?: "password";
  /** An object is gone, so that there is something to prove. */
  readonly vanished?: true;
}

const wholeMap = ({ query }: { query: Readonly<Record<string, string>> }) => query["path"] === undefined;
const onePath = ({ query }: { query: Readonly<Record<string, string>> }) => query["path"] !== undefined;

const calls: Call[] = [
  {
    what: "login",
    rule: { method: "POST", path: "/access/ticket" },
    stage: null,
    named: "/access/ticket",
    login: "password",
  },
  { what: "version", rule: { path: "/version" }, stage: null, named: "/version" },
  {
    what: "permissions before",
    rule: { path: "/access/permissions", when: wholeMap },
    lists: "to come",
    stage: "devices",
    named: "/access/permissions",
  },
  {
    what: "permissions after",
    rule: { path: "/access/permissions", when: wholeMap },
    lists: "here",
    stage: "devices",
    named: "/access/permissions",
  },
  {
    what: "cluster status",
    rule: { path: "/cluster/status" },
    stage: "devices",
    named: "/cluster/status",
  },
  { what: "nodes", rule: { path: "/nodes" }, stage: "devices", named: "/nodes" },
  {
    what: "certificates",
    rule: { path: "/nodes/*/certificates/info" },
    // Without the identity nothing is written at all: it might be another cluster.
    stage: null,
    named: "/nodes/pve1/certificates/info",
  },
  {
    what: "resources",
    rule: { path: "/cluster/resources" },
    stage: "virtual-machines",
    named: "/cluster/resources",
  },
  { what: "storage", rule: { path: "/storage" }, stage: "storage", named: "/storage" },
  ...["pve1", "pve2"].map((node) => ({
    what: `state of ${node}`,
    rule: { path: `/nodes/${node}/replication` },
    stage: "replications",
    named: `/nodes/${node}/replication`,
  })),
  {
    what: "configuration",
    rule: { path: "/cluster/replication" },
    stage: "replications",
    named: "/cluster/replication",
  },
  {
    what: "path test",
    rule: { path: "/access/permissions", when: onePath },
    stage: "virtual-machines",
    named: "/access/permissions?path=/vms/101",
    vanished: true,
  },
];

/** What goes wrong, and words of the message by which an operator knows what to look at. */
interface Trouble {
  readonly fault: Fault;
  readonly words: RegExp;
}

const notProxmox = /not JSON: it begins with .* Is this Proxmox VE\?/;
const notWhatProxmoxSends = /The answer|Element 1/;

const troubles: Record<string, Trouble> = {
  "no answer in time": {
    fault: { kind: "latency", ms: 2_000 },
    words: /no whole answer in time \(limit 300 ms\)/,
  },
  "hangs before the answer": { fault: { kind: "hang" }, words: /no whole answer in time \(limit 300 ms\)/ },
  "hangs in the body": {
    fault: { kind: "hang", at: "mid-body" },
    words: /no whole answer in time \(limit 300 ms\)/,
  },
  "reset before the answer": { fault: { kind: "reset" }, words: /broke the connection off/ },
  "reset in the body": {
    fault: { kind: "reset", at: "mid-body" },
    words: /broke the connection off|cannot be reached/,
  },
  "half a body": { fault: { kind: "truncated-body" }, words: /broke the connection off|cannot be reached/ },
  400: {
    fault: { kind: "status", status: 400, text: "Parameter verification failed." },
    words: /failed \(400/,
  },
  401: { fault: { kind: "status", status: 401 }, words: /Proxmox refuses the (API token|user) proxbox@pve/ },
  403: {
    fault: { kind: "status", status: 403 },
    words: /Sys\.Audit on \/ is missing\. Give the role PVEAuditor/,
  },
  404: { fault: { kind: "status", status: 404 }, words: /404/ },
  500: {
    fault: { kind: "status", status: 500, text: "got timeout" },
    words: /Proxmox failed \(500 got timeout\)/,
  },
  "500, not found": {
    fault: { kind: "status", status: 500, text: "no such replication job '100-0'" },
    words: /does not know what was asked for/,
  },
  501: {
    fault: { kind: "status", status: 501, text: "Method not implemented" },
    words: /is this Proxmox VE/,
  },
  503: { fault: { kind: "status", status: 503, text: "Service Unavailable" }, words: /503/ },
  595: { fault: { kind: "status", status: 595 }, words: /could not be reached by the node that answered/ },
  596: { fault: { kind: "status", status: 596 }, words: /could not be reached by the node that answered/ },
  "204 of somebody else": { fault: { kind: "status", status: 204 }, words: /204/ },
  "no JSON": { fault: { kind: "malformed-json" }, words: notProxmox },
  "data null": { fault: { kind: "data", data: null }, words: notWhatProxmoxSends },
  "data a text": { fault: { kind: "data", data: "none" }, words: notWhatProxmoxSends },
  "data a number": { fault: { kind: "data", data: 42 }, words: notWhatProxmoxSends },
  "data a list of nothing": { fault: { kind: "data", data: [null] }, words: notWhatProxmoxSends },
  "data a list of strangers": { fault: { kind: "data", data: [{ id: "x" }] }, words: notWhatProxmoxSends },
  "data an object of strangers": { fault: { kind: "data", data: { x: "y" } }, words: notWhatProxmoxSends },
  "a body without end": {
    fault: { kind: "huge-body", bytes: 1024 ** 3 },
    words: /larger than the limit|no whole answer in time/,
  },
  redirect: {
    fault: { kind: "redirect", location: "https://elsewhere.example:8006/" },
    words: /redirects to https:\/\/elsewhere\.example:8006\//,
  },
};

const errorsOf = ({ log_entries }: JobRow) =>
  log_entries.filter(({ level }) => level === "error").map(({ message }) => message);

/** The fault strikes the call at its place in the sync, also when it is repeated on a new connection. */
function ruleOf({ rule, lists }: Call, fault: Fault, { simulator }: LabCluster): FaultRule {
  if (lists === undefined) return { ...rule, fault };
  const first = simulator.calls.length;
  const areHere = () => simulator.calls.slice(first).some(({ path }) => path === "/cluster/replication");
  return {
    ...rule,
    when: (call) => rule.when?.(call) !== false && areHere() === (lists === "here"),
    fault,
  };
}

/** Syncs under the fault, and checks everything that holds for a job that did not get what it wanted. */
async function syncInTrouble(cluster: LabCluster, call: Call, { fault, words }: Trouble): Promise<void> {
  const active = cluster.simulator.faults.add(ruleOf(call, fault, cluster));
  const { jobId, runIds } = await lab.request([cluster.endpointId]);
  const [runId = ""] = runIds;
  const deliver = lab.worker({ timeoutMs: impatienceMs });
  expect(await deliver(runId)).toEqual({ kind: "done" });
  expect(active.hits).toBeGreaterThan(0);
  const job = await lab.job(jobId);
  expect(job.status).toBe("errored");
  const prefix = [cluster.name, ...(call.stage === null ? [] : [call.stage]), call.named].join(": ");
  const named = errorsOf(job).filter((message) => message.startsWith(`${prefix}: `));
  expect({ named: named.length, errors: errorsOf(job) }).toMatchObject({ named: 1 });
  expect(named[0]).toMatch(words);
  expect(job.error.startsWith(`${cluster.name}: `)).toBe(true);
  // It ended once: a delivery that comes again finds nothing to do.
  expect(await deliver(runId)).toEqual({ kind: "done" });
  expect(await lab.job(jobId)).toEqual(job);
  for (const secret of [DEFAULT_TOKEN.secret, DEFAULT_TOKEN.password]) {
    expect(JSON.stringify(job)).not.toContain(secret);
  }
}

/** A cluster that was synced, and on whose rows an operator has written. */
async function healthyCluster({ login }: Call): Promise<LabCluster> {
  const cluster = await lab.cluster({ nodes: 2, guests: 4, jobs: 4, ...(login && { login }) });
  expect(await cluster.sync()).toMatchObject({ status: "completed", error: "" });
  for (const table of ["proxmox_node", "proxmox_storage", "virtual_machine", "replication"]) {
    await lab.query(
      `update ${table} set custom_field_data = '{"owner": "somebody"}' where endpoint_id = $1`,
      [cluster.endpointId],
    );
  }
  return cluster;
}

const table = Object.entries(troubles).map(([trouble, how]) => ({ trouble, how }));

describe.each(calls.filter(({ vanished }) => !vanished))(
  "whatever goes wrong with the $what, nothing is lost, the job says so, and it heals by itself",
  (call) => {
    let cluster: LabCluster;
    let rows: Inventory;
    let states: Record<string, StoredState>;
    beforeAll(async () => {
      cluster = await healthyCluster(call);
      rows = await storedInventory(lab, cluster.endpointId);
      states = await replicationStates(lab, cluster.endpointId);
    });

    test.each(table)("$trouble", async ({ how }) => {
      await syncInTrouble(cluster, call, how);
      expect(await storedInventory(lab, cluster.endpointId)).toEqual(rows);
      cluster.simulator.faults.clear();
      expect(await cluster.sync()).toMatchObject({ status: "completed", error: "" });
      expect(await storedInventory(lab, cluster.endpointId)).toEqual(rows);
      expect(await replicationStates(lab, cluster.endpointId)).toEqual(states);
    });
  },
);

describe.each(calls.filter(({ vanished }) => vanished))(
  "whatever goes wrong with the $what, what vanished is kept until it is proven gone",
  (call) => {
    let cluster: LabCluster;
    beforeAll(async () => {
      cluster = await healthyCluster(call);
    });

    test.each(table)("$trouble", async ({ how }) => {
      const rows = await storedInventory(lab, cluster.endpointId);
      const job = cluster.world.jobs.get("101-0");
      if (!job) throw new Error("the world has no job 101-0");
      cluster.world.jobs.delete("101-0");
      await syncInTrouble(cluster, call, how);
      expect(await storedInventory(lab, cluster.endpointId)).toEqual(rows);
      cluster.simulator.faults.clear();
      expect(await cluster.sync()).toMatchObject({ status: "completed", error: "" });
      expect(await staleKeys(lab, cluster.endpointId)).toEqual({ replications: ["101-0"] });
      cluster.world.jobs.set("101-0", job);
      await cluster.sync();
      expect(await staleKeys(lab, cluster.endpointId)).toEqual({});
    });
  },
);
