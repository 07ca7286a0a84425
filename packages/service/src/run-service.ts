import { ConfigError } from "./config.ts";
import { createLifecycle, type Lifecycle } from "./lifecycle.ts";
import { createLogger, type Logger } from "./logger.ts";

/** A lifecycle that is also a process's: it logs how the process ends. */
export interface ServiceLifecycle extends Lifecycle {
  /** From now on the process's end is logged here; before, on standard error. */
  useLogger(log: Logger): void;
}

const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs a process: starts it, and stops it in reverse order at SIGINT, SIGTERM or SIGHUP.
 *
 * Exits with 0 after a clean stop; with 1 when start or stop fails, the stop takes longer than `stopTimeoutMs` (default
 * 30 s), a second signal comes, or an error reaches nobody. A ConfigError is printed as it is, without a stack.
 */
export async function runService(
  name: string,
  start: (lifecycle: ServiceLifecycle) => Promise<void>,
  { stopTimeoutMs }: { stopTimeoutMs?: number } = {},
): Promise<void> {
  let log = createLogger({
    service: name,
    level: "info",
    format: process.stderr.isTTY ? "pretty" : "json",
    stream: process.stderr,
  });
  let starting: Promise<void> = Promise.resolve();
  const startup = () => starting;
  const lifecycle = createLifecycle({ startup, ...(stopTimeoutMs === undefined ? {} : { stopTimeoutMs }) });

  const stopAndExit = async (exitCode: number): Promise<never> => {
    try {
      await lifecycle.stop();
    } catch (error) {
      log.error("stopped uncleanly", { error });
      return process.exit(1);
    }
    log.info("stopped");
    return process.exit(exitCode);
  };
  const die = (message: string) => (error: unknown) => {
    log.error(message, { error });
    process.exit(1);
  };
  process.on("uncaughtException", die("an error reached nobody"));
  process.on("unhandledRejection", die("a rejection reached nobody"));
  for (const signal of stopSignals) {
    process.on(signal, () => {
      if (lifecycle.signal.aborted) {
        log.warn("a second signal ends the process before it has stopped", { signal });
        process.exit(1);
      }
      log.info("stopping", { signal });
      void stopAndExit(0);
    });
  }

  try {
    starting = start({ ...lifecycle, useLogger: (logger) => (log = logger) });
    await starting;
  } catch (error) {
    // A start that a signal interrupted: its handler is already stopping what there is.
    if (lifecycle.signal.aborted) return;
    if (error instanceof ConfigError) process.stderr.write(`${name}: ${error.message}\n`);
    else log.error("could not start", { error });
    await stopAndExit(1);
  }
}
