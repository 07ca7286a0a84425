// Owns an embedded server as a process of its own, for tests that kill it or give it another user or environment.
// Prints one line of JSON when the server is ready, or why it is not; stops it when its input ends.
import { once } from "node:events";

import { startEmbeddedPostgres } from "../src/index.ts";

const [dataDir = "", publicDir = ""] = process.argv.slice(2);
const postgres = await startEmbeddedPostgres({
  dataDir,
  publicDir,
  log: { info: () => undefined },
  settings: { fsync: "off" },
});
process.stdout.write(`${JSON.stringify({ port: postgres.port, url: postgres.url })}\n`);
process.stdin.resume();
await once(process.stdin, "end");
await postgres.stop();
