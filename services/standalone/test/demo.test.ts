import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { stopAbandonedPostgres } from "@proxbox/embedded-postgres";
import { z } from "zod";

const root = join(import.meta.dirname, "../../..");
const ready = "Ctrl-C stops everything.";
const jobPage = z.object({
  count: z.number(),
  results: z.array(
    z.object({ id: z.number(), replication_id: z.string(), state: z.object({ value: z.string() }) }),
  ),
});

let folder: string;
let running: ChildProcess | undefined;
let token = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "proxbox-demo-"));
  await chmod(folder, 0o755);
});

afterAll(async () => {
  running?.kill("SIGKILL");
  await stopAbandonedPostgres({ dataDir: join(folder, "demo/postgres") });
  await rm(folder, { recursive: true, force: true });
});

/** Starts the demo as a user would, with next to nothing in the environment. */
async function startDemo(): Promise<{ child: ChildProcess; output: string; apiUrl: string }> {
  const child = spawn(
    process.execPath,
    ["--conditions=@proxbox/source", "--import=tsx", "services/standalone/src/main.ts", "--demo"],
    { cwd: root, env: { DATA_DIR: folder, PORT: "0", OPS_PORT: "0" }, stdio: ["ignore", "pipe", "pipe"] },
  );
  running = child;
  let output = "";
  let log = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
  while (!output.includes(ready)) {
    if (child.exitCode !== null) throw new Error(`The demo ended with ${child.exitCode}:\n${output}\n${log}`);
    await delay(50);
  }
  return { child, output, apiUrl: /The API is at (\S+)/.exec(output)?.[1] ?? "" };
}

async function replications(apiUrl: string) {
  const response = await fetch(`${apiUrl}plugins/proxbox/replications/?limit=0`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(response.status).toBe(200);
  return jobPage.parse(await response.json());
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const ended = once(child, "exit");
  child.kill(signal);
  await ended;
  return child.exitCode;
}

async function postgresIsRunning(): Promise<boolean> {
  try {
    const pid = Number(
      (await readFile(join(folder, "demo/postgres/cluster/postmaster.pid"), "utf8")).split("\n")[0],
    );
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test("the demo syncs a simulated cluster, keeps its data, and recovers from kill -9", async () => {
  const first = await startDemo();
  token = /API token of admin: (\S+)/.exec(first.output)?.[1] ?? "";
  expect(first.output).toMatch(/^100-0 +web1 +pve1 +pve2 /m);
  const inventory = await replications(first.apiUrl);
  expect(inventory.count).toBe(16);
  expect(await postgresIsRunning()).toBe(true);
  expect(await end(first.child, "SIGTERM")).toBe(0);
  expect(await postgresIsRunning()).toBe(false);

  const second = await startDemo();
  expect(second.output).not.toContain("API token");
  expect(await replications(second.apiUrl)).toEqual(inventory);
  await end(second.child, "SIGKILL");

  const third = await startDemo();
  expect(await replications(third.apiUrl)).toEqual(inventory);
  expect(await end(third.child, "SIGINT")).toBe(0);
  expect(await postgresIsRunning()).toBe(false);
}, 120_000);
