import { chown, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { EmbeddedPostgresError } from "./embedded-postgres-error.ts";
import type { NativeBinaries } from "./native-binaries.ts";
import { runProgram } from "./run-program.ts";
import type { ServerHome } from "./server-home.ts";

/** The superuser and the database: a private server needs one of each. */
export const OWN_NAME = "proxbox";

/** Creates the cluster and in it the database, completely or not at all. Throws `start-failed`. */
export async function createCluster(
  { home, cluster, account }: ServerHome,
  binaries: NativeBinaries,
  { password, durable }: { password: string; durable: boolean },
): Promise<void> {
  const draft = `${cluster}.new`;
  const passwordFile = join(home, "initdb-password");
  await rm(draft, { recursive: true, force: true });
  await rm(passwordFile, { force: true });
  await mkdir(draft, { mode: 0o700 });
  await writeFile(passwordFile, `${password}\n`, { flag: "wx", mode: 0o600 });
  if (account !== null) {
    await chown(draft, account.uid, account.gid);
    await chown(passwordFile, account.uid, account.gid);
  }
  try {
    await check(
      "create its files",
      runProgram(
        binaries.initdb,
        [
          `--pgdata=${draft}`,
          `--username=${OWN_NAME}`,
          `--pwfile=${passwordFile}`,
          "--auth=scram-sha-256",
          "--encoding=UTF8",
          "--locale=C",
          "--no-instructions",
          ...(durable ? [] : ["--no-sync"]),
        ],
        { account },
      ),
    );
    // There is no psql in the bundle. Single-user mode needs neither a client nor a running server.
    await check(
      "create its database",
      runProgram(binaries.postgres, ["--single", "-j", "-c", "exit_on_error=true", "-D", draft, "postgres"], {
        account,
        input: `CREATE DATABASE ${OWN_NAME};\n\n`,
      }),
    );
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(draft, cluster);
}

async function check(what: string, running: ReturnType<typeof runProgram>): Promise<void> {
  const { code, output } = await running;
  if (code === 0) return;
  throw new EmbeddedPostgresError(
    "start-failed",
    `The embedded PostgreSQL could not ${what}. It said:\n${output.trim()}`,
  );
}
