export { createTestDatabase, type TestDatabase } from "./test-database.ts";
export { testQueueBackends } from "./queue-backends.ts";
export type { PoolFactory, QueueServer, TestQueue, TestQueueBackend } from "./queue-backends.ts";
export { startTestServers, type TestServers } from "./test-servers.ts";
