import { stat } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { join } from "node:path";

import { claimFolder } from "./claim-folder.ts";
import { choosePort, readOrCreatePassword } from "./connection-secrets.ts";
import { createCluster, OWN_NAME } from "./create-cluster.ts";
import { EmbeddedPostgresError } from "./embedded-postgres-error.ts";
import { isPortFree } from "./free-port.ts";
import { findNativeFolder, prepareBinaries, type NativeBinaries } from "./native-binaries.ts";
import { disarmStalePidFile, findPostmaster } from "./postmaster.ts";
import { hasSystemCode, readIfExists } from "./read-if-exists.ts";
import { runProgram, type Account } from "./run-program.ts";
import { resolveServerHome, type ServerHome } from "./server-home.ts";
import { beginServerLog, readServerLogTail } from "./server-log.ts";
import { writeServerSettings, type ServerSettings } from "./server-settings.ts";

/** What this package needs of a logger. */
export interface StartLog {
  info(message: string, fields?: Record<string, unknown>): void;
}

/** How to start the embedded server. */
export interface EmbeddedPostgresOptions {
  /** The folder that holds the database; created when missing. One process at a time may use it. */
  readonly dataDir: string;
  readonly log: StartLog;
  /** PostgreSQL settings that differ from ours. They do not reach a server that is adopted. */
  readonly settings?: ServerSettings;
  /** The folder with the programs, instead of the installed platform package's. */
  readonly native?: string;
  /**
   * Only for root: where programs and database go when the unprivileged user that must run PostgreSQL cannot enter
   * their own places. Default `/var/lib/proxbox-postgres`.
   */
  readonly publicDir?: string;
}

/** A running embedded server. */
export interface EmbeddedPostgres {
  /** Connection string of the database `proxbox`, with the superuser's password. */
  readonly url: string;
  readonly port: number;
  /** Stops the server, open connections or not, and resolves when its processes are gone. Throws `stop-failed`. */
  stop(): Promise<void>;
}

/** A crash recovery may have to read gigabytes, yet a start that hangs must end in a message. */
const startTimeoutSeconds = 300;
const stopTimeoutSeconds = 30;
const pollMs = 50;

/**
 * Starts the bundled PostgreSQL on 127.0.0.1, creating its database the first time. A server that outlived its owner's
 * `kill -9` is adopted. It runs in a session of its own and ends only by `stop()`: nothing is hooked to this process's
 * exit. Throws EmbeddedPostgresError.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { dataDir, log, settings = {}, native = findNativeFolder(), publicDir = defaultPublicDir } = options;
  const place = await resolveServerHome(dataDir, publicDir);
  if (place.account !== null)
    log.info("root leaves PostgreSQL to another user", { ...place.account, folder: place.home });
  const release = await claimFolder(place.home);
  try {
    const binaries = await prepareBinaries({ native, ...placeOfCopy(place, publicDir) });
    const password = await prepareCluster(place, binaries, { log, durable: settings["fsync"] !== "off" });
    const port = (await adoptServer(place, log)) ?? (await startServer(place, binaries, settings));
    log.info("embedded PostgreSQL is ready", { port, folder: place.home });
    let stopping: Promise<void> | undefined;
    return {
      url: `postgres://${OWN_NAME}:${password}@127.0.0.1:${port}/${OWN_NAME}`,
      port,
      stop: () => (stopping ??= stopServer(place, binaries).finally(release)),
    };
  } catch (error) {
    await release();
    throw error;
  }
}

/**
 * Stops the server of a folder whose owner was killed. Returns false, and touches nothing, while the owner lives.
 * Throws EmbeddedPostgresError.
 */
export async function stopAbandonedPostgres(
  options: Pick<EmbeddedPostgresOptions, "dataDir" | "native" | "publicDir">,
): Promise<boolean> {
  const { dataDir, native = findNativeFolder(), publicDir = defaultPublicDir } = options;
  const place = await resolveServerHome(dataDir, publicDir);
  let release: () => Promise<void>;
  try {
    release = await claimFolder(place.home);
  } catch (error) {
    if (error instanceof EmbeddedPostgresError && error.code === "folder-in-use") return false;
    throw error;
  }
  try {
    if ((await findPostmaster(place.cluster)) === null) return true;
    await stopServer(place, await prepareBinaries({ native, ...placeOfCopy(place, publicDir) }));
    return true;
  } finally {
    await release();
  }
}

function placeOfCopy(
  { account, home }: ServerHome,
  publicDir: string,
): { account: Account; copyFolder: string } {
  return { account, copyFolder: account === null ? home : publicDir };
}

const defaultPublicDir = "/var/lib/proxbox-postgres";

async function prepareCluster(
  place: ServerHome,
  binaries: NativeBinaries,
  { log, durable }: { log: StartLog; durable: boolean },
): Promise<string> {
  const exists = await isPresent(place.cluster);
  const password = await readOrCreatePassword(place.home, exists);
  if (!exists) {
    log.info("creating the embedded database", { folder: place.home });
    await createCluster(place, binaries, { password, durable });
    return password;
  }
  const major = (await readIfExists(join(place.cluster, "PG_VERSION")))?.trim();
  if (major === binaries.major) return password;
  throw new EmbeddedPostgresError(
    "wrong-version",
    `The database in ${place.cluster} was made by PostgreSQL ${major ?? "(PG_VERSION is missing)"}, and the bundled ` +
      `server is version ${binaries.major}. Go back to the release that made it and copy the data with pg_dump, or ` +
      `move ${place.home} away to begin with an empty database.`,
  );
}

async function isPresent(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (hasSystemCode(error, "ENOENT")) return false;
    throw error;
  }
}

/** The port of a server that survived its owner, once it is ready; null when there is none, or it is on its way out. */
async function adoptServer({ cluster }: ServerHome, log: StartLog): Promise<number | null> {
  const deadline = Date.now() + startTimeoutSeconds * 1000;
  for (;;) {
    const found = await findPostmaster(cluster);
    if (found === null) return null;
    if (found.status === "ready") {
      log.info("adopted the embedded PostgreSQL of an earlier start", { pid: found.pid });
      return found.port;
    }
    if (Date.now() > deadline) {
      throw new EmbeddedPostgresError(
        "start-failed",
        `The PostgreSQL process ${found.pid} of ${cluster} has been ${found.status} for ${startTimeoutSeconds} seconds. ` +
          `Look into server.log beside it, and end that process with kill -INT ${found.pid}.`,
      );
    }
    await delay(pollMs);
  }
}

async function startServer(
  place: ServerHome,
  binaries: NativeBinaries,
  settings: ServerSettings,
): Promise<number> {
  const deadline = Date.now() + stopTimeoutSeconds * 1000;
  for (;;) {
    const port = await choosePort(place.home);
    await writeServerSettings(place, port, settings);
    await disarmStalePidFile(place.cluster);
    const log = await beginServerLog(place);
    const { code, output } = await runProgram(
      binaries.pgCtl,
      ["start", "-w", "-t", String(startTimeoutSeconds), "-D", place.cluster, "-l", log],
      { account: place.account },
    );
    if (code === 0) return port;
    const tail = await readServerLogTail(log);
    if (Date.now() > deadline || !(await mayHeal(port, tail))) {
      throw new EmbeddedPostgresError(
        "start-failed",
        `The embedded PostgreSQL did not start. ${output.trim()}\nThe end of ${log}:\n${tail}`,
      );
    }
    await delay(pollMs);
  }
}

/** Somebody took the port since it was chosen, or the last processes of a killed server are still leaving. */
async function mayHeal(port: number, logTail: string): Promise<boolean> {
  return !(await isPortFree(port)) || logTail.includes("pre-existing shared memory block");
}

async function stopServer({ cluster, account }: ServerHome, binaries: NativeBinaries): Promise<void> {
  let said = "";
  // "immediate" is what a power cut does: nothing committed is lost, and no process is left.
  for (const mode of ["fast", "immediate"]) {
    if ((await findPostmaster(cluster)) === null) return;
    const args = ["stop", "-w", "-t", String(stopTimeoutSeconds), "-m", mode, "-D", cluster];
    said = (await runProgram(binaries.pgCtl, args, { account })).output;
  }
  const left = await findPostmaster(cluster);
  if (left === null) return;
  throw new EmbeddedPostgresError(
    "stop-failed",
    `The embedded PostgreSQL (process ${left.pid}) does not stop. The next start will adopt it. It said: ${said.trim()}`,
  );
}
