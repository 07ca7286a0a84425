import { randomUUID } from "node:crypto";
import { link, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { EmbeddedPostgresError } from "./embedded-postgres-error.ts";
import { processIdentity } from "./process-identity.ts";
import { hasSystemCode, readIfExists } from "./read-if-exists.ts";

/**
 * Makes this process the only owner of a folder, until the returned function is called or the process is gone, however
 * it went. Throws `folder-in-use` while another owner lives: two owners would stop each other's server.
 *
 * Claims are numbered files, `owner.1` and so on, and the highest counts. Only one process can create the number after
 * a dead owner's, so of many that see it dead, one succeeds; a released claim stays, so that numbers never fall.
 */
export async function claimFolder(folder: string): Promise<() => Promise<void>> {
  const draft = await writeDraft(folder, `${process.pid} ${(await processIdentity(process.pid)) ?? ""}`);
  try {
    for (;;) {
      const numbers = await listClaims(folder);
      const highest = numbers.at(-1) ?? 0;
      await refuseLivingOwner(folder, highest);
      const own = pathOf(folder, highest + 1);
      if (!(await linkUnlessExists(draft, own))) continue;
      for (const number of numbers) await rm(pathOf(folder, number), { force: true });
      return async () => rename(await writeDraft(folder, "released"), own);
    }
  } finally {
    await rm(draft, { force: true });
  }
}

function pathOf(folder: string, number: number): string {
  return join(folder, `owner.${number}`);
}

async function writeDraft(folder: string, claim: string): Promise<string> {
  const path = join(folder, `.owner-${randomUUID()}`);
  await writeFile(path, `${claim}\n`, { flag: "wx", mode: 0o644 });
  return path;
}

async function listClaims(folder: string): Promise<number[]> {
  const numbers = (await readdir(folder)).map((name) => Number(/^owner\.(\d+)$/.exec(name)?.[1] ?? "0"));
  return numbers.filter((number) => number > 0).sort((a, b) => a - b);
}

async function refuseLivingOwner(folder: string, number: number): Promise<void> {
  const claim = (await readIfExists(pathOf(folder, number))) ?? "";
  const [pid = "", identity = ""] = claim.trim().split(" ");
  const alive = /^\d+$/.test(pid) ? await processIdentity(Number(pid)) : null;
  if (alive === null || alive !== identity) return;
  throw new EmbeddedPostgresError(
    "folder-in-use",
    `The process ${pid} already uses the database in ${folder}. Stop it first, or choose another data folder.`,
  );
}

async function linkUnlessExists(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (hasSystemCode(error, "EEXIST")) return false;
    throw error;
  }
}
