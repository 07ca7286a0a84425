import { startTestServers, type TestServers } from "./test-servers.ts";

declare global {
  // Jest loads setup and teardown as two modules of one process; this is where they meet.
  var proxboxTestServers: TestServers | undefined;
}

/** Jest's globalSetup: brings PostgreSQL, and Redis where there is one, and names them in the environment of the tests. */
export default async function globalSetup(): Promise<void> {
  const servers = await startTestServers();
  globalThis.proxboxTestServers = servers;
  // Jest dies of a signal without its globalTeardown.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => void servers.stop().finally(() => process.kill(process.pid, signal)));
  }
  process.env["TEST_DATABASE_URL"] = servers.databaseUrl;
  delete process.env["TEST_REDIS_URL"];
  if (servers.redisUrl === undefined) {
    process.stderr.write("\nredis-server not found: Redis tests are skipped\n");
  } else {
    process.env["TEST_REDIS_URL"] = servers.redisUrl;
  }
}
