import { chmod, cp, lstat, readdir, readFile, rename, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";

import { EmbeddedPostgresError } from "./embedded-postgres-error.ts";
import { hasSystemCode, readIfExists } from "./read-if-exists.ts";
import { runProgram, type Account } from "./run-program.ts";
import { makePublicFolder } from "./server-home.ts";

/** The bundled programs, at a place where the account that runs them can read them. */
export interface NativeBinaries {
  readonly initdb: string;
  readonly pgCtl: string;
  readonly postgres: string;
  /** Such as 18. */
  readonly major: string;
}

/** Where the platform package of this machine keeps its `bin`, `lib` and `share`. Throws `cannot-run` without one. */
export function findNativeFolder(): string {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), "..", "native");
  } catch (error) {
    throw new EmbeddedPostgresError(
      "cannot-run",
      `There is no bundled PostgreSQL for this machine (${name} is not installed). ` +
        "Set DATABASE_URL to a PostgreSQL server of your own.",
      { cause: error },
    );
  }
}

/**
 * Makes the programs of a native folder runnable by `account` and asks the server for its version. When they are not
 * (libraries' links that could not be made, a folder that the account may not enter) they are copied into `copyFolder`.
 * Throws `cannot-run`.
 */
export async function prepareBinaries(options: {
  native: string;
  account: Account;
  copyFolder: string;
}): Promise<NativeBinaries> {
  const { native, account, copyFolder } = options;
  const linked = await linkLibraries(native);
  const inPlace = linked ? await askVersion(native, account) : null;
  if (inPlace?.major !== undefined) return programs(native, inPlace.major);

  if (account !== null) await makePublicFolder(copyFolder);
  const copy = await copyOnce(native, copyFolder);
  const copied = await askVersion(copy, account);
  if (copied.major !== undefined) return programs(copy, copied.major);
  throw new EmbeddedPostgresError(
    "cannot-run",
    "The bundled PostgreSQL does not run on this machine. Set DATABASE_URL to a PostgreSQL server of your own. " +
      `It said: ${copied.output.trim()}`,
  );
}

function programs(native: string, major: string): NativeBinaries {
  const path = (name: string) => join(native, "bin", name);
  return { initdb: path("initdb"), pgCtl: path("pg_ctl"), postgres: path("postgres"), major };
}

async function askVersion(
  native: string,
  account: Account,
): Promise<{ major: string | undefined; output: string }> {
  const { code, output } = await runProgram(join(native, "bin", "postgres"), ["--version"], { account });
  return { major: code === 0 ? /\(PostgreSQL\) (\d+)/.exec(output)?.[1] : undefined, output };
}

/** npm packages cannot hold symbolic links; the package's install script makes them, where it is allowed to run. */
async function linkLibraries(native: string): Promise<boolean> {
  for (const { source, target } of await listLibraryLinks(native)) {
    const path = join(native, "..", target);
    try {
      await symlink(relative(dirname(target), source), path);
    } catch (error) {
      if (hasSystemCode(error, "EEXIST")) continue;
      if (hasSystemCode(error, "EACCES", "EROFS", "EPERM")) return false;
      throw error;
    }
  }
  return true;
}

async function listLibraryLinks(native: string): Promise<{ source: string; target: string }[]> {
  const list: unknown = JSON.parse((await readIfExists(join(native, "pg-symlinks.json"))) ?? "[]");
  return Array.isArray(list) ? list.filter(isLibraryLink) : [];
}

function isLibraryLink(value: unknown): value is { source: string; target: string } {
  if (typeof value !== "object" || value === null) return false;
  return (
    "source" in value &&
    typeof value.source === "string" &&
    "target" in value &&
    typeof value.target === "string"
  );
}

async function copyOnce(native: string, copyFolder: string): Promise<string> {
  const description = await readFile(join(native, "..", "package.json"), "utf8");
  const version = /"version": *"([^"]+)"/.exec(description)?.[1] ?? "unknown";
  const copy = join(copyFolder, `postgres-${version}-${process.arch}`, "native");
  const finished = dirname(copy);
  if ((await readIfExists(join(finished, "package.json"))) !== null) return copy;
  const draft = `${finished}.${process.pid}`;
  await rm(draft, { recursive: true, force: true });
  await cp(native, join(draft, "native"), { recursive: true, verbatimSymlinks: true });
  await cp(join(native, "..", "package.json"), join(draft, "package.json"));
  await linkLibraries(join(draft, "native"));
  await openForReading(draft);
  try {
    await rename(draft, finished);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Another process was faster, with the same files.
    if (!hasSystemCode(error, "ENOTEMPTY", "EEXIST")) throw error;
    return copy;
  }
  return copy;
}

/** A strict umask at install time or now must not lock out the account that runs the programs. */
async function openForReading(folder: string): Promise<void> {
  const names = await readdir(folder, { recursive: true });
  for (const path of [folder, ...names.map((name) => join(folder, name))]) {
    if (!(await lstat(path)).isSymbolicLink()) await chmod(path, 0o755);
  }
}
