import { randomBytes } from "node:crypto";
import { rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { EmbeddedPostgresError } from "./embedded-postgres-error.ts";
import { findFreePort, isPortFree } from "./free-port.ts";
import { readIfExists } from "./read-if-exists.ts";

/** The superuser's password: generated with the first start, later read from `home/password` (mode 0600). */
export async function readOrCreatePassword(home: string, clusterExists: boolean): Promise<string> {
  const path = join(home, "password");
  const stored = (await readIfExists(path))?.trim();
  if (stored) {
    await refuseWhenOthersMayRead(path);
    return stored;
  }
  if (clusterExists) {
    throw new EmbeddedPostgresError(
      "start-failed",
      `${path} is missing, and with it the password of the database beside it. Restore the file from a backup, or ` +
        `move ${home} away to begin with an empty database.`,
    );
  }
  const password = randomBytes(24).toString("base64url");
  await replaceFile(path, password);
  return password;
}

/** The port of the last start when it is free, else a new one, which is stored in `home/port`. */
export async function choosePort(home: string): Promise<number> {
  const path = join(home, "port");
  const stored = Number(await readIfExists(path));
  if (Number.isInteger(stored) && stored > 0 && stored < 65_536 && (await isPortFree(stored))) return stored;
  const port = await findFreePort();
  await replaceFile(path, String(port));
  return port;
}

async function refuseWhenOthersMayRead(path: string): Promise<void> {
  const { mode } = await stat(path);
  if (process.platform === "win32" || (mode & 0o077) === 0) return;
  throw new EmbeddedPostgresError(
    "wrong-owner",
    `Other users may read ${path}. Protect it first: chmod 600 ${path}`,
  );
}

async function replaceFile(path: string, content: string): Promise<void> {
  const draft = `${path}.new`;
  await rm(draft, { force: true });
  await writeFile(draft, `${content}\n`, { flag: "wx", mode: 0o600, flush: true });
  await rename(draft, path);
}
