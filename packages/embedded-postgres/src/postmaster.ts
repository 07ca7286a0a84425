import { writeFile } from "node:fs/promises";
import { basename, join } from "node:path";

import { processCommand } from "./process-identity.ts";
import { readIfExists } from "./read-if-exists.ts";

/** A running server, as it describes itself in its `postmaster.pid`. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly status: "ready" | "starting" | "stopping";
}

/** The live server of a cluster, or null: a file left behind by a dead one does not count, nor does a reused process id. */
export async function findPostmaster(cluster: string): Promise<Postmaster | null> {
  const lines = ((await readIfExists(join(cluster, "postmaster.pid"))) ?? "").split("\n");
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0 || !(await isPostmasterOf(pid, cluster))) return null;
  const status = lines[7]?.trim();
  return {
    pid,
    port: Number(lines[3]),
    status: status === "ready" || status === "stopping" ? status : "starting",
  };
}

/**
 * Keeps a stale `postmaster.pid` whose process id now belongs to some other process (usual after a container's restart)
 * from blocking the start. Call it only when `findPostmaster` found nothing.
 */
export async function disarmStalePidFile(cluster: string): Promise<void> {
  const path = join(cluster, "postmaster.pid");
  const content = await readIfExists(path);
  if (content === null) return;
  // pg_ctl tells the server its grandparent's id, ours, which the server never takes for a rival. Removing the file
  // instead would also remove its check for processes that still use the old shared memory.
  await writeFile(path, content.replace(/^\d+/, String(process.pid)));
}

async function isPostmasterOf(pid: number, cluster: string): Promise<boolean> {
  const [program = "", ...args] = await processCommand(pid);
  return basename(program) === "postgres" && args.includes(cluster);
}
