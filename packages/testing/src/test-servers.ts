import { rm } from "node:fs/promises";

import { startEmbeddedPostgres } from "@proxbox/embedded-postgres";

import { startRedisTestServer } from "./redis-test-server.ts";
import {
  createTestRunFolder,
  postgresFoldersOf,
  redisFolderOf,
  sweepAbandonedTestRuns,
} from "./test-run-folder.ts";

/** The servers that all test files of one run share. */
export interface TestServers {
  readonly databaseUrl: string;
  /** Undefined without a `redis-server` program. */
  readonly redisUrl: string | undefined;
  /** Stops the servers and removes their files. */
  stop(): Promise<void>;
}

const forgetful = { fsync: "off", full_page_writes: "off", synchronous_commit: "off" };

/** Starts the servers of one test run in a temporary folder, after sweeping what killed runs left behind. */
export async function startTestServers(): Promise<TestServers> {
  await sweepAbandonedTestRuns();
  const folder = await createTestRunFolder();
  const log = { info: () => undefined };
  const postgres = await startEmbeddedPostgres({
    ...postgresFoldersOf(folder),
    log,
    settings: forgetful,
  });
  const redis = await startRedisTestServer(redisFolderOf(folder));
  return {
    databaseUrl: postgres.url,
    redisUrl: redis?.url,
    stop: async () => {
      await redis?.stop();
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
