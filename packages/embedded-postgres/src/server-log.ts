import { chown, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { hasSystemCode, readIfExists } from "./read-if-exists.ts";
import type { ServerHome } from "./server-home.ts";

const tailLines = 20;

/** Begins a new server log, keeps the one before as `server.log.old`, and returns the new one's path. */
export async function beginServerLog({ home, account }: ServerHome): Promise<string> {
  const path = join(home, "server.log");
  try {
    await rename(path, `${path}.old`);
  } catch (error) {
    if (!hasSystemCode(error, "ENOENT")) throw error;
    await rm(`${path}.old`, { force: true });
  }
  await writeFile(path, "", { flag: "wx", mode: 0o600 });
  if (account !== null) await chown(path, account.uid, account.gid);
  return path;
}

/** The end of the server log, for an error message. */
export async function readServerLogTail(path: string): Promise<string> {
  const lines = ((await readIfExists(path)) ?? "").trimEnd().split("\n");
  return lines.slice(-tailLines).join("\n");
}
