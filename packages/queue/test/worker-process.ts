import { once } from "node:events";
import { openQueuePool } from "@proxbox/database";
import { createConsumer, type QueueBackend } from "@proxbox/queue";

// A worker that tests kill: it takes runs, never finishes one, and says on standard output what happens to it.
const [kind = "", url = "", queueName = "", lockDurationMs = "", stalledIntervalMs = ""] =
  process.argv.slice(2);
const backend: QueueBackend =
  kind === "redis" ? { kind, url } : { kind: "postgres", pool: openQueuePool(url) };
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const silent = () => undefined;

createConsumer(
  backend,
  {
    queueName,
    lockDurationMs: Number(lockDurationMs),
    stalledIntervalMs: Number(stalledIntervalMs),
    onLost: () => Promise.resolve(),
    log: { debug: silent, info: silent, warn: silent, error: silent },
  },
  async ({ runId }, { signal }) => {
    say(`took ${runId}`);
    await once(signal, "abort");
    const reason: unknown = signal.reason;
    say(
      `interrupted ${reason !== null && typeof reason === "object" && "code" in reason ? String(reason.code) : ""}`,
    );
    return { kind: "done" };
  },
);
