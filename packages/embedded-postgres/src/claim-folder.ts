import { randomUUID } from "node:crypto";
import { link, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { EmbeddedPostgresError } from "./embedded-postgres-error.ts";
import { processIdentity } from "./process-identity.ts";
import { hasSystemCode, readIfExists } from "./read-if-exists.ts";

/**
 * Makes this process the only owner of a folder, until the returned function is called or the process is gone, however
 * it went. Throws `folder-in-use` while another owner lives: two owners would stop each other's server.
 */
export async function claimFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, "owner");
  const draft = join(folder, `owner.${randomUUID()}`);
  const claim = `${process.pid} ${(await processIdentity(process.pid)) ?? ""}\n`;
  await writeFile(draft, claim, { flag: "wx", mode: 0o644 });
  try {
    while (!(await linkUnlessExists(draft, path))) {
      const present = await readIfExists(path);
      if (present === null) continue;
      await refuseLivingOwner(folder, present);
      await removeIfUnchanged(path, present);
    }
  } finally {
    await rm(draft, { force: true });
  }
  return () => removeIfUnchanged(path, claim);
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

async function refuseLivingOwner(folder: string, claim: string): Promise<void> {
  const [pid = "", identity = ""] = claim.trim().split(" ");
  const alive = /^\d+$/.test(pid) ? await processIdentity(Number(pid)) : null;
  if (alive !== identity) return;
  throw new EmbeddedPostgresError(
    "folder-in-use",
    `The process ${pid} already uses the database in ${folder}. Stop it first, or choose another data folder.`,
  );
}

async function removeIfUnchanged(path: string, expected: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (hasSystemCode(error, "ENOENT")) return;
    throw error;
  }
  // Somebody else may have replaced the file since it was read: then it is theirs, and goes back.
  if ((await readIfExists(aside)) !== expected) await linkUnlessExists(aside, path);
  await rm(aside, { force: true });
}
