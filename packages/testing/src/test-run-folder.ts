import { existsSync } from "node:fs";
import { chmod, lstat, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { stopAbandonedPostgres } from "@proxbox/embedded-postgres";

import { stopRedisOf } from "./redis-test-server.ts";

const namePattern = /^proxbox-test-run-(\d+)-/;

/** Creates the folder of this test run; its name tells later runs which process to look for. */
export async function createTestRunFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `proxbox-test-run-${process.pid}-`));
  // As root, PostgreSQL runs as another user, who must be able to enter.
  await chmod(folder, 0o755);
  return folder;
}

/** Where a test run keeps its PostgreSQL, and the programs when root must copy them for another user. */
export function postgresFoldersOf(folder: string): { dataDir: string; publicDir: string } {
  return { dataDir: join(folder, "postgres"), publicDir: join(folder, "public") };
}

/** Where a test run keeps its Redis. */
export function redisFolderOf(folder: string): string {
  return join(folder, "redis");
}

/** Stops the servers and removes the folders of test runs that were killed before their teardown. */
export async function sweepAbandonedTestRuns(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = Number(namePattern.exec(name)?.[1] ?? "0");
    const folder = join(tmpdir(), name);
    if (pid === 0 || isAlive(pid) || !(await isOwnFolder(folder))) continue;
    await stopRedisOf(redisFolderOf(folder));
    const { publicDir } = postgresFoldersOf(folder);
    // Not only the shared server: the tests of the embedded server start more of them in folders named alike.
    for (const dataDir of await listDatabases(folder)) await stopAbandonedPostgres({ dataDir, publicDir });
    await rm(folder, { recursive: true, force: true });
  }
}

async function listDatabases(folder: string): Promise<string[]> {
  const candidates = (await readdir(folder)).map((name) => join(folder, name));
  return candidates.filter((path) => existsSync(join(path, "cluster")));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return !(typeof error === "object" && error !== null && "code" in error && error.code === "ESRCH");
  }
}

async function isOwnFolder(path: string): Promise<boolean> {
  const found = await lstat(path);
  return found.isDirectory() && found.uid === process.getuid?.();
}
