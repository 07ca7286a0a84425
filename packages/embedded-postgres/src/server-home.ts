import { createHash } from "node:crypto";
import { chmod, lstat, mkdir, readFile, realpath, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { EmbeddedPostgresError } from "./embedded-postgres-error.ts";
import { hasSystemCode, readIfExists } from "./read-if-exists.ts";
import { runProgram, type Account } from "./run-program.ts";

/** Where the server's files are and who runs it. */
export interface ServerHome {
  readonly home: string;
  readonly cluster: string;
  readonly account: Account;
}

/**
 * Decides where the database of `dataDir` lives.
 *
 * That is `dataDir` itself, unless this process is root and the unprivileged user that must run PostgreSQL cannot enter
 * it (a project below /root): then a folder of root's below `publicDir`, remembered in `dataDir/location`. Not below
 * /tmp or /var/tmp, where other users could prepare the place and old files are swept away.
 */
export async function resolveServerHome(dataDir: string, publicDir: string): Promise<ServerHome> {
  await mkdir(dataDir, { recursive: true });
  const location = join(dataDir, "location");
  const remembered = (await readIfExists(location))?.trim();
  const home = remembered ?? (await realpath(dataDir));
  const cluster = join(home, "cluster");
  const owner = await ownerOf(cluster);
  if (process.getuid?.() !== 0) {
    refuseForeignOwner(cluster, owner);
    return { home, cluster, account: null };
  }
  const account = owner !== null && owner.uid !== 0 ? owner : await unprivilegedAccount();
  if (await canEnter(account, home)) return { home, cluster, account };
  if (owner !== null || remembered !== undefined) {
    throw new EmbeddedPostgresError(
      "wrong-owner",
      `The user with id ${account.uid}, who runs the database in ${home}, can no longer enter that folder. ` +
        "Give the folders above it the execute permission (chmod o+x) back.",
    );
  }
  await makePublicFolder(publicDir);
  const outside = join(publicDir, createHash("sha256").update(home).digest("hex").slice(0, 16));
  await makePublicFolder(outside);
  if (!(await canEnter(account, outside))) {
    throw new EmbeddedPostgresError(
      "wrong-owner",
      `PostgreSQL does not run as root, and the user with id ${account.uid} can enter neither ${home} nor ${outside}. ` +
        "Choose a data folder that every user may enter.",
    );
  }
  await writeFile(location, `${outside}\n`);
  return { home: outside, cluster: join(outside, "cluster"), account };
}

/** Creates a folder that everybody may enter and only root may change; throws when somebody else prepared it. */
export async function makePublicFolder(path: string): Promise<void> {
  const created = await mkdir(path, { recursive: true, mode: 0o755 });
  if (created !== undefined) await chmod(path, 0o755);
  const found = await lstat(path);
  if (found.isDirectory() && found.uid === 0 && (found.mode & 0o022) === 0) return;
  throw new EmbeddedPostgresError(
    "wrong-owner",
    `${path} must be a folder that belongs to root and that nobody else may change. Remove it, or set its owner and mode.`,
  );
}

async function ownerOf(path: string): Promise<{ uid: number; gid: number } | null> {
  try {
    const { uid, gid } = await stat(path);
    return { uid, gid };
  } catch (error) {
    if (hasSystemCode(error, "ENOENT")) return null;
    throw error;
  }
}

function refuseForeignOwner(cluster: string, owner: { uid: number } | null): void {
  const own = process.getuid?.();
  if (owner === null || own === undefined || owner.uid === own) return;
  throw new EmbeddedPostgresError(
    "wrong-owner",
    `The database in ${cluster} belongs to the user with id ${owner.uid}, this process runs as ${own}. ` +
      "Start as the user (or root) who created it, or give it the right owner with chown -R.",
  );
}

async function unprivilegedAccount(): Promise<{ uid: number; gid: number }> {
  const entry = /^nobody:[^:]*:(-?\d+):(-?\d+):/m.exec(await readFile("/etc/passwd", "utf8"));
  if (entry === null) {
    throw new EmbeddedPostgresError(
      "cannot-run",
      "PostgreSQL does not run as root, and there is no user nobody to run it. Start as an ordinary user.",
    );
  }
  // macOS writes -2, which the kernel knows as an unsigned number.
  return { uid: Number(entry[1]) >>> 0, gid: Number(entry[2]) >>> 0 };
}

async function canEnter(account: Account, folder: string): Promise<boolean> {
  const { code } = await runProgram("/bin/sh", ["-c", 'cd -- "$1"', "sh", folder], { account });
  return code === 0;
}
