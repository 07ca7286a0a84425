import { chown, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { ServerHome } from "./server-home.ts";

/** PostgreSQL's own setting names and values, such as `{ fsync: "off" }`. */
export type ServerSettings = Readonly<Record<string, string>>;

/** Writes the server's whole configuration. No unix socket: its path may be longer than the system allows. */
export async function writeServerSettings(
  { cluster, account }: ServerHome,
  port: number,
  settings: ServerSettings,
): Promise<void> {
  const all: ServerSettings = {
    max_connections: "100",
    shared_buffers: "128MB",
    timezone: "UTC",
    log_timezone: "UTC",
    lc_messages: "C",
    log_line_prefix: "%m [%p] ",
    ...settings,
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: "",
  };
  const lines = Object.entries(all).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`);
  const path = join(cluster, "postgresql.conf");
  const draft = `${path}.new`;
  await rm(draft, { force: true });
  await writeFile(draft, `# Written at every start of the embedded server.\n${lines.join("\n")}\n`, {
    flag: "wx",
    mode: 0o600,
  });
  if (account !== null) await chown(draft, account.uid, account.gid);
  await rename(draft, path);
}
