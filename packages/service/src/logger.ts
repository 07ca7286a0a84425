import { AsyncLocalStorage } from "node:async_hooks";

import winston from "winston";

import { toLogFields } from "./log-values.ts";
import { formatPretty } from "./pretty-log-line.ts";

/** The facts of one log line. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * What the project logs with: a constant message per event, and its facts as fields. `error` means that a person must
 * act; what will be tried again is a `warn`.
 */
export interface Logger {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  /** A logger whose lines carry these fields, too. */
  child(fields: LogFields): Logger;
}

/** How much is logged: a level and all above it. */
export type LogLevel = "error" | "warn" | "info" | "debug";

/** How a process logs. */
export interface LoggerOptions {
  /** The name in every line. */
  readonly service: string;
  readonly level: LogLevel;
  /** One JSON object per line, or a line for a person's eyes. */
  readonly format: "json" | "pretty";
  /** Default: the process's standard output. */
  readonly stream?: NodeJS.WritableStream;
}

const context = new AsyncLocalStorage<LogFields>();

/** Runs a function, and everything it awaits, so that all log lines within carry these fields. */
export function withLogContext<Result>(fields: LogFields, run: () => Result): Result {
  return context.run({ ...context.getStore(), ...fields }, run);
}

/** Creates a process's logger. Secrets in fields are redacted, see toLogFields. */
export function createLogger({ service, level, format, stream = process.stdout }: LoggerOptions): Logger {
  const render = format === "json" ? (line: object) => JSON.stringify(line) : formatPretty;
  const output = winston.createLogger({
    level,
    levels: { error: 0, warn: 1, info: 2, debug: 3 },
    format: winston.format.printf(({ level: lineLevel, message, fields }) => {
      // A field cannot pose as one of these four.
      const head = { time: new Date().toISOString(), level: lineLevel, service, message };
      return render({ ...head, ...toLogFields(fields), ...head });
    }),
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- winston types its own transport so
    transports: [new winston.transports.Stream({ stream, eol: "\n" })],
  });
  return loggerOver(output, {});
}

function loggerOver(output: winston.Logger, bound: LogFields): Logger {
  const write = (level: LogLevel) => (message: string, fields?: LogFields) => {
    output.log({ level, message, fields: { ...context.getStore(), ...bound, ...fields } });
  };
  return {
    error: write("error"),
    warn: write("warn"),
    info: write("info"),
    debug: write("debug"),
    child: (fields) => loggerOver(output, { ...bound, ...fields }),
  };
}
