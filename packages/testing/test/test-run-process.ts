// A test run's servers as a process of its own, for a test that kills it. Prints their URLs as one line of JSON.
import { startTestServers } from "../src/test-servers.ts";

const { databaseUrl, redisUrl } = await startTestServers();
process.stdout.write(`${JSON.stringify({ databaseUrl, redisUrl })}\n`);
process.stdin.resume();
