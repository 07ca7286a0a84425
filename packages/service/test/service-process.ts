// A service with the behaviour that its argument names, for tests that send it signals.
import { setTimeout as delay } from "node:timers/promises";

import { ConfigError, createLogger, runService } from "../src/index.ts";

const behaviour = process.argv[2] ?? "";

await runService(
  "probe",
  async (lifecycle) => {
    lifecycle.useLogger(createLogger({ service: "probe", level: "info", format: "json" }));
    const keepAlive = setInterval(() => undefined, 1000);
    lifecycle.onStop("first", () => clearInterval(keepAlive));
    lifecycle.onStop("second", async () => {
      process.stdout.write("second stops\n");
      if (behaviour === "hang") await new Promise(() => undefined);
      if (behaviour === "fail-to-stop") throw new Error("cannot");
    });
    if (behaviour === "bad-config")
      throw new ConfigError("The configuration cannot be used:\n  PORT: is not set");
    if (behaviour === "fail-to-start") throw new Error("no database");
    if (behaviour === "slow-start") {
      process.stdout.write("ready\n");
      await delay(60_000, undefined, { signal: lifecycle.signal });
    }
    if (behaviour === "reject") void Promise.reject(new Error("nobody listens"));
    process.stdout.write("ready\n");
  },
  { stopTimeoutMs: behaviour === "hang" ? 300 : 5000 },
);
