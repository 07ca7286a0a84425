import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createTestDatabase, type TestDatabase } from "@proxbox/testing";
import { z } from "zod";

const root = join(import.meta.dirname, "../../..");
const token = "b".repeat(40);
const accepted = z.object({ id: z.number(), status: z.object({ value: z.string() }) });

let db: TestDatabase;
let api: ChildProcess;
let origin: string;

/** The API as its own process, with a Redis that is not there, no worker, and an endpoint that nobody answers. */
beforeAll(async () => {
  db = await createTestDatabase();
  await db.database.source.query(
    `insert into endpoint (name, domain, port, mode, token_name) values ('gone', '127.0.0.1', 1, 'cluster', 't')`,
  );
  api = spawn(
    process.execPath,
    ["--conditions=@proxbox/source", "--import=tsx", "services/api/src/main.ts"],
    {
      cwd: root,
      env: {
        DATABASE_URL: db.url,
        REDIS_URL: "redis://127.0.0.1:1",
        PORT: "0",
        OPS_PORT: "0",
        SECRET_KEY: "s".repeat(40),
        ENCRYPTION_KEYS: `1:${Buffer.alloc(32, 1).toString("base64")}`,
        API_TOKEN_PEPPERS: `1:${"p".repeat(40)}`,
        SUPERUSER_API_TOKEN: token,
        LOG_FORMAT: "json",
      },
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  let output = "";
  api.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  while (!/"message":"started".*"port":\d+/.test(output)) {
    if (api.exitCode !== null) throw new Error(`The API ended: ${output}`);
    await delay(50);
  }
  origin = `http://127.0.0.1:${/"port":(\d+)/.exec(output)?.[1] ?? ""}`;
});

afterAll(async () => {
  if (api.exitCode === null) {
    const ended = once(api, "exit");
    api.kill("SIGTERM");
    await ended;
  }
  await db.close();
});

function call(path: string, method = "GET"): Promise<Response> {
  return fetch(`${origin}${path}`, { method, headers: { authorization: `Token ${token}` } });
}

test("every list and detail is served while Redis, workers and Proxmox are away", async () => {
  const paths = [
    "/api/",
    "/api/status/",
    "/api/plugins/proxbox/replications/",
    "/api/plugins/proxbox/endpoints/proxmox/",
    "/api/plugins/proxbox/endpoints/proxmox/1/",
    "/api/plugins/proxbox/proxmox-nodes/",
    "/api/plugins/proxbox/proxmox-clusters/",
    "/api/plugins/proxbox/storage/",
    "/api/virtualization/virtual-machines/",
    "/api/core/jobs/",
  ];
  const statuses = await Promise.all(paths.map(async (path) => [path, (await call(path)).status]));
  expect(statuses).toEqual(paths.map((path) => [path, 200]));
});

test("a sync is accepted and waits, and can be cancelled", async () => {
  const response = await call("/api/plugins/proxbox/endpoints/proxmox/1/sync/", "POST");
  expect(response.status).toBe(202);
  const job = accepted.parse(await response.json());
  expect(job.status.value).toBe("pending");
  const cancelled = await call(`/api/plugins/proxbox/jobs/${job.id}/cancel/`, "POST");
  expect(await cancelled.json()).toEqual({
    ok: true,
    job_id: job.id,
    status: "failed",
    detail: "Job has been cancelled.",
  });
});
