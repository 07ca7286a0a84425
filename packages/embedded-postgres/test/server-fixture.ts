import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { startEmbeddedPostgres, type EmbeddedPostgres, type EmbeddedPostgresOptions } from "../src/index.ts";
import { findNativeFolder, prepareBinaries } from "../src/native-binaries.ts";
import { findPostmaster } from "../src/postmaster.ts";
import { runProgram, type Account } from "../src/run-program.ts";
import { resolveServerHome } from "../src/server-home.ts";

/** Whether this test run is root's: some promises concern only root, some need root to become an ordinary user. */
export const isRoot = process.getuid?.() === 0;

/** A folder for one test file's servers; whatever still runs in it at the end is stopped. */
export interface ServerFixture {
  readonly folder: string;
  readonly publicDir: string;
  start(name: string, options?: Partial<EmbeddedPostgresOptions>): Promise<EmbeddedPostgres>;
  startOwner(name: string, account?: Account): Promise<Owner>;
  /** Asks a stopped database in single-user mode; the bundle has no client. Resolves with all that the server said. */
  ask(name: string, sql: string): Promise<string>;
  close(): Promise<void>;
}

/** Another process that owns a server. */
interface Owner {
  readonly port: number;
  /** Kills the process and all others of its group. */
  kill(): Promise<void>;
  /** Lets it stop its server; resolves with its exit code. */
  finish(): Promise<number | null>;
}

export async function createServerFixture(): Promise<ServerFixture> {
  // The name lets a later test run sweep what an interrupted one leaves; the space is on purpose.
  const folder = await mkdtemp(join(tmpdir(), `proxbox-test-run-${process.pid}-embedded `));
  await chmod(folder, 0o755);
  const publicDir = join(folder, "public");
  const servers: EmbeddedPostgres[] = [];
  const owners: ChildProcess[] = [];
  return {
    folder,
    publicDir,
    async start(name, options = {}) {
      const log = { info: () => undefined };
      const dataDir = join(folder, name);
      const server = await startEmbeddedPostgres({
        dataDir,
        publicDir,
        log,
        settings: { fsync: "off" },
        ...options,
      });
      servers.push(server);
      return server;
    },
    async startOwner(name, account = null) {
      const child = spawnOwner([join(folder, name), publicDir], account);
      owners.push(child);
      return describeOwner(child);
    },
    async ask(name, sql) {
      const { cluster, account } = await resolveServerHome(join(folder, name), publicDir);
      const binaries = await prepareBinaries({ native: findNativeFolder(), account, copyFolder: publicDir });
      const args = ["--single", "-D", cluster, "proxbox"];
      return (await runProgram(binaries.postgres, args, { account, input: `${sql}\n` })).output;
    },
    async close() {
      for (const child of owners) child.kill("SIGKILL");
      for (const server of servers) await server.stop();
      await rm(folder, { recursive: true });
    },
  };
}

/** Its environment is empty: nothing that the server needs may come from there. */
function spawnOwner(args: string[], account: Account): ChildProcess {
  const script = fileURLToPath(new URL("owner-process.ts", import.meta.url));
  const flags = ["--conditions=@proxbox/source", `--import=${import.meta.resolve("tsx")}`];
  return spawn(process.execPath, [...flags, script, ...args], {
    ...account,
    env: {},
    detached: true,
    stdio: ["pipe", "pipe", "inherit"],
  });
}

async function describeOwner(child: ChildProcess): Promise<Owner> {
  const { stdin, stdout, pid } = child;
  if (stdin === null || stdout === null || pid === undefined) throw new Error("The owner has no pipes.");
  const gone = once(child, "exit");
  const ready = await Promise.race([once(stdout, "data"), gone]);
  const port = Number(/"port":(\d+)/.exec(String(ready[0]))?.[1]);
  if (!port) throw new Error("The owner did not start its server.");
  return {
    port,
    async kill() {
      process.kill(-pid, "SIGKILL");
      await gone;
    },
    async finish() {
      stdin.end();
      await gone;
      return child.exitCode;
    },
  };
}

/** The live server of a data folder, or null. */
export async function findServerOf(dataDir: string): ReturnType<typeof findPostmaster> {
  return findPostmaster((await resolveServerHome(dataDir, "/nonexistent")).cluster);
}

/** Whether the unprivileged user can read this project; not when it lies below root's home. */
export async function isProjectPublic(account: NonNullable<Account>): Promise<boolean> {
  const script = fileURLToPath(new URL("owner-process.ts", import.meta.url));
  return (await runProgram("/bin/sh", ["-c", 'test -r "$1"', "sh", script], { account })).code === 0;
}

/** Whether somebody accepts connections there. */
export async function isListening(host: string, port: number): Promise<boolean> {
  const socket = createConnection({ host, port });
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Resolves once the condition holds; throws when it does not within ten seconds. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited in vain until ${condition.toString()}`);
    await delay(20);
  }
}
