import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";

/** A sync worker as in production: its own process, built code, the queue in PostgreSQL. */
export interface WorkerProcess {
  /** Largest resident memory so far, in MB, as Linux counts it. */
  peakMegabytes(): Promise<number>;
  stop(): Promise<void>;
}

export async function startWorkerProcess(
  databaseUrl: string,
  encryptionKeys: string,
): Promise<WorkerProcess> {
  const child = spawn(process.execPath, ["services/sync-worker/dist/main.js"], {
    env: {
      PATH: process.env["PATH"],
      DATABASE_URL: databaseUrl,
      ENCRYPTION_KEYS: encryptionKeys,
      OPS_PORT: "0",
      LOG_FORMAT: "json",
      LOG_LEVEL: "info",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  await started(child);
  return {
    async peakMegabytes() {
      const status = await readFile(`/proc/${child.pid ?? 0}/status`, "utf8");
      return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) / 1024;
    },
    async stop() {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    },
  };
}

async function started(child: ChildProcess): Promise<void> {
  let output = "";
  child.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  while (!output.includes('"started"')) {
    if (child.exitCode !== null) throw new Error(`The worker ended with ${child.exitCode}: ${output}`);
    await delay(20);
  }
}
