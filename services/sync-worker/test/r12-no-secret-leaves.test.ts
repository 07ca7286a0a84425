import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createProducer } from "@proxbox/queue";
import { openQueuePool } from "@proxbox/database";
import { DEFAULT_TOKEN, deleteToken, type Fault, type FaultRule } from "@proxbox/pve-simulator";
import { testQueueBackends } from "@proxbox/testing";
import { type JobRow, type Lab, type LabCluster, openLab } from "./sync-lab.ts";

const secrets = [DEFAULT_TOKEN.secret, DEFAULT_TOKEN.password];
const small = { guests: 3, jobs: 3 };

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
});
afterAll(() => lab.close());

/** Every row of every table, as text. */
async function everythingStored(): Promise<string> {
  const tables = await lab.query<{ name: string }>(
    "select quote_ident(table_name) as name from information_schema.tables where table_schema = 'public' order by 1",
  );
  const dumps: string[] = [];
  for (const { name } of tables) {
    const rows = await lab.query<{ row: string }>(
      `select t::text || to_jsonb(t)::text as row from ${name} t`,
    );
    dumps.push(`${name}: ${rows.map(({ row }) => row).join("\n")}`);
  }
  return dumps.join("\n");
}

/** Forms in which a secret could hide: plain, percent-encoded, base64. */
function formsOf(secret: string): string[] {
  return [secret, encodeURIComponent(secret), Buffer.from(secret).toString("base64").replaceAll("=", "")];
}

async function expectNoSecret(also: readonly string[] = []): Promise<void> {
  const stored = await everythingStored();
  const logged = lab.logged.join("");
  expect(stored.length).toBeGreaterThan(1_000);
  expect(logged).toContain("run begun");
  for (const form of [...secrets, ...also].flatMap(formsOf)) {
    expect({ form, stored: stored.includes(form) }).toEqual({ form, stored: false });
    expect({ form, logged: logged.includes(form) }).toEqual({ form, logged: false });
  }
}

const echoes = (secret: string): { what: string; fault: Fault }[] => [
  { what: "status line", fault: { kind: "status", status: 500, text: `bad ${secret}` } },
  { what: "refusal", fault: { kind: "status", status: 401, text: `no such token value ${secret}` } },
  {
    what: "denial",
    fault: { kind: "status", status: 403, text: `Permission check failed (/${secret}, ${secret})` },
  },
  { what: "proxy's word", fault: { kind: "status", status: 595, text: encodeURIComponent(secret) } },
  { what: "data", fault: { kind: "data", data: secret } },
  { what: "element", fault: { kind: "data", data: [{ id: secret, storage: secret, node: secret }] } },
  { what: "key", fault: { kind: "data", data: [{ id: [secret], type: { [secret]: secret } }] } },
  {
    what: "redirect",
    fault: { kind: "redirect", location: `https://elsewhere.example/${secret}?t=${secret}` },
  },
];

const calls: Pick<FaultRule, "path" | "method">[] = [
  { path: "/version" },
  { path: "/cluster/status" },
  { path: "/nodes/*/replication" },
  { path: "/cluster/replication" },
  { path: "/access/permissions" },
];

/** Everything that can go wrong goes wrong, and the answers hold what was sent. */
async function provoke({ simulator, sync }: LabCluster, secret: string): Promise<JobRow[]> {
  const jobs: JobRow[] = [];
  for (const call of calls) {
    for (const { fault } of echoes(secret)) {
      simulator.faults.add({ ...call, fault });
      jobs.push(await sync());
      simulator.faults.clear();
    }
  }
  return jobs;
}

describe("no secret is stored in clear or logged", () => {
  test("by syncs that go well, by token and by password", async () => {
    for (const login of ["token", "password"] as const) {
      const cluster = await lab.cluster({ ...small, login });
      expect(await cluster.sync()).toMatchObject({ status: "completed" });
      // The secret did reach Proxmox, so there was something to lose.
      expect(cluster.simulator.calls.length).toBeGreaterThan(5);
    }
    await expectNoSecret();
  });

  test("by answers that echo the token", async () => {
    const cluster = await lab.cluster(small);
    await cluster.sync();
    const jobs = await provoke(cluster, DEFAULT_TOKEN.secret);
    expect(jobs.filter(({ status }) => status === "completed")).toEqual([]);
    await expectNoSecret();
    expect(jobs.some(({ error }) => error.includes("[secret]"))).toBe(true);
  });

  test("by answers that echo the password, also those to the login", async () => {
    const cluster = await lab.cluster({ ...small, login: "password" });
    for (const { fault } of echoes(DEFAULT_TOKEN.password)) {
      cluster.simulator.faults.add({ path: "/access/ticket", method: "POST", fault });
      expect(await cluster.sync()).toMatchObject({ status: "errored" });
      cluster.simulator.faults.clear();
    }
    await provoke(cluster, DEFAULT_TOKEN.password);
    await expectNoSecret();
  });

  test("by answers that echo a ticket", async () => {
    const ticket = "PVE:proxbox@pve:6B044DF7::c29tZSBzaWduYXR1cmU";
    const cluster = await lab.cluster({ ...small, login: "password" });
    cluster.simulator.faults.add({
      path: "/access/ticket",
      method: "POST",
      fault: { kind: "data", data: { username: "proxbox@pve", ticket, CSRFPreventionToken: "6B044DF7:abc" } },
    });
    for (const { fault } of echoes(ticket)) {
      const { id } = cluster.simulator.faults.add({ path: "/version", fault });
      expect(await cluster.sync()).toMatchObject({ status: "errored" });
      cluster.simulator.faults.remove(id);
    }
    await expectNoSecret([ticket]);
  });

  test("by credentials that are refused", async () => {
    const byToken = await lab.cluster(small);
    deleteToken(byToken.world);
    const refused = await byToken.sync();
    expect(refused.error).toContain("Proxmox refuses the API token proxbox@pve!sync");
    const byPassword = await lab.cluster({ ...small, login: "password" });
    const user = byPassword.world.users.get(DEFAULT_TOKEN.userid);
    if (!user) throw new Error("the world has no such user");
    user.password = "another one";
    expect((await byPassword.sync()).error).toContain("Proxmox refuses the user proxbox@pve");
    await expectNoSecret();
  });

  test("by an error of PostgreSQL that quotes the statement's values", async () => {
    const cluster = await lab.cluster(small);
    await lab.query("alter table virtual_machine add constraint never check (vcpus < 0) not valid");
    try {
      expect(await cluster.sync()).toMatchObject({ status: "errored" });
    } finally {
      await lab.query("alter table virtual_machine drop constraint never");
    }
    await expectNoSecret();
  });
});

describe("a sealed secret", () => {
  test("is an envelope that names its key, and differs each time", async () => {
    const [one, other] = [await lab.cluster(small), await lab.cluster(small)];
    const sealed = await lab.query<{ token_value_sealed: string }>(
      "select token_value_sealed from endpoint where id in ($1, $2)",
      [one.endpointId, other.endpointId],
    );
    const values = sealed.map(({ token_value_sealed }) => token_value_sealed);
    expect(new Set(values).size).toBe(2);
    for (const value of values) expect(value).toContain("k1");
  });

  test("does not open on another endpoint's row", async () => {
    const [owner, thief] = [await lab.cluster(small), await lab.cluster({ ...small, name: "thief" })];
    await lab.query(
      `update endpoint set token_value_sealed = (select token_value_sealed from endpoint where id = $2)
       where id = $1`,
      [thief.endpointId, owner.endpointId],
    );
    const job = await thief.sync();
    expect(job).toMatchObject({ status: "errored" });
    expect(thief.simulator.calls).toEqual([]);
  });

  test("nor for another purpose", async () => {
    const cluster = await lab.cluster(small);
    await lab.query(
      "update endpoint set password_sealed = token_value_sealed, token_value_sealed = null, token_name = '' where id = $1",
      [cluster.endpointId],
    );
    expect(await cluster.sync()).toMatchObject({ status: "errored" });
    expect(cluster.simulator.calls).toEqual([]);
  });
});

test("the queue knows a run's id and nothing else", async () => {
  const [postgres] = testQueueBackends(openQueuePool).filter(({ name }) => name === "postgres");
  if (postgres === undefined) throw new Error("there is no queue in PostgreSQL");
  const queue = await postgres.open();
  const log = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: () => undefined,
  };
  const producer = createProducer(queue.backend, { queueName: queue.queueName(), log });
  const pool = openQueuePool(queue.server.url, 1);
  try {
    const cluster = await lab.cluster(small);
    const { runIds } = await lab.request([cluster.endpointId]);
    const [runId = ""] = runIds;
    await producer.enqueue(runId);
    const tables = await pool.query<{ name: string }>(
      "select quote_ident(table_name) as name from information_schema.tables where table_schema = 'bullmq'",
    );
    const rows: string[] = [];
    for (const { name } of tables.rows) {
      const found = await pool.query<{ row: string }>(`select to_jsonb(t)::text as row from ${name} t`);
      rows.push(...found.rows.map(({ row }) => row));
    }
    const ours = rows.filter((row) => row.includes(runId));
    expect(ours.length).toBeGreaterThan(0);
    for (const form of secrets.flatMap(formsOf)) expect(rows.join("\n")).not.toContain(form);
    expect(rows.join("\n")).not.toContain(DEFAULT_TOKEN.userid);
    expect(rows.join("\n")).not.toContain(cluster.name);
  } finally {
    await pool.end();
    await producer.close();
    await queue.close();
  }
});
