import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { until } from "./until.ts";

const logLine = z.object({
  message: z.string(),
  level: z.string(),
  time: z.string(),
  error: z.object({ name: z.string(), message: z.string() }).optional(),
  runId: z.string().optional(),
  opsPort: z.number().optional(),
});
type LogLine = z.infer<typeof logLine>;

/** A service as a process of its own, as in production. */
export interface ServiceProcess {
  readonly name: string;
  /** What it logged so far. */
  readonly logged: readonly LogLine[];
  isRunning(): boolean;
  /** Whether it runs, and the last lines of its log, for the message of a test that fails. */
  describe(): string;
  /** Resolves when its /readyz says yes; rejects when it ends before. */
  ready(): Promise<void>;
  send(signal: "SIGTERM" | "SIGSTOP" | "SIGCONT"): void;
  /** Resolves with its exit code when it has ended; null when a signal ended it. */
  readonly exited: Promise<number | null>;
  /** SIGKILL, whatever state it is in; resolves when it is gone. */
  kill(): Promise<void>;
}

/** Starts a service's main.ts with this environment and no other. */
export function startServiceProcess(
  name: "sync-worker" | "scheduler",
  environment: Readonly<Record<string, string>>,
): ServiceProcess {
  const main = fileURLToPath(new URL(`../../${name}/src/main.ts`, import.meta.url));
  const flags = ["--conditions=@proxbox/source", `--import=${import.meta.resolve("tsx")}`];
  const child = spawn(process.execPath, [...flags, main], {
    env: { ...environment, LOG_FORMAT: "json" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const logged: LogLine[] = [];
  let rest = "";
  child.stdout.setEncoding("utf8");
  child.stdout.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) logged.push(logLine.parse(JSON.parse(line)));
  });
  const exited = once(child, "exit").then(() => child.exitCode);
  const isRunning = () => child.exitCode === null && child.signalCode === null;

  return {
    name,
    logged,
    exited,
    isRunning,
    describe: () =>
      [
        `${name} ${child.pid ?? "without a process"} ${isRunning() ? "runs" : "has ended"}, and said last:`,
        ...logged.slice(-12).map((line) => `  ${JSON.stringify(line)}`),
      ].join("\n"),
    async ready() {
      await until(`${name} is ready`, () => {
        if (!isRunning()) throw new Error(`${name} ended before it was ready`);
        return isReady(logged.find(({ opsPort }) => opsPort !== undefined)?.opsPort);
      });
    },
    send(signal) {
      child.kill(signal);
    },
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

async function isReady(opsPort: number | undefined): Promise<boolean> {
  if (opsPort === undefined) return false;
  const answer = await fetch(`http://127.0.0.1:${opsPort}/readyz`);
  await answer.arrayBuffer();
  return answer.ok;
}
