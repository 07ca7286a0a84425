import { randomBytes, randomUUID } from "node:crypto";
import { link, mkdir, open, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { z } from "zod";

import { ConfigError } from "./config.ts";

const keysSchema = z.object({
  SECRET_KEY: z.string().min(1),
  ENCRYPTION_KEYS: z.string().min(1),
  API_TOKEN_PEPPERS: z.string().min(1),
});

/** Values for the environment variables of the same names. */
export type GeneratedKeys = Readonly<z.infer<typeof keysSchema>>;

/**
 * The keys of a data folder: generated once into `keys.json` (mode 0600), then always the same. Throws ConfigError when
 * other users may read the file, or it is damaged: new keys could not open what the old ones sealed.
 */
export async function loadOrCreateKeys(dataDir: string): Promise<GeneratedKeys> {
  const path = join(dataDir, "keys.json");
  if (!(await exists(path))) await createKeys(dataDir, path);
  const { mode } = await stat(path);
  if (process.platform !== "win32" && (mode & 0o077) !== 0) {
    throw new ConfigError(`Other users may read the keys in ${path}. Protect them first: chmod 600 ${path}`);
  }
  const result = keysSchema.safeParse(parseJson(await readFile(path, "utf8")));
  if (result.success) return Object.freeze(result.data);
  throw new ConfigError(
    `The keys in ${path} are damaged. Restore the file from a backup: without it, stored secrets cannot be read.`,
  );
}

async function createKeys(dataDir: string, path: string): Promise<void> {
  await mkdir(dataDir, { recursive: true });
  const keys: GeneratedKeys = {
    SECRET_KEY: randomBytes(48).toString("base64url"),
    ENCRYPTION_KEYS: `1:${randomBytes(32).toString("base64")}`,
    API_TOKEN_PEPPERS: `1:${randomBytes(48).toString("base64url")}`,
  };
  const draft = join(dataDir, `.keys-${randomUUID()}`);
  try {
    await writeFile(draft, `${JSON.stringify(keys, null, 2)}\n`, { flag: "wx", mode: 0o600, flush: true });
    // Not a rename: of two processes that start at once, both must end with the keys of the first.
    await link(draft, path);
    await flushFolder(dataDir);
  } catch (error) {
    if (hasCode(error, "EEXIST")) return;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function flushFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return false;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === code;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
