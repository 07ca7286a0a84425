import type { z } from "zod";

/** The configuration cannot be used; the message says for each variable why, and never repeats a value. */
export class ConfigError extends Error {
  readonly code = "invalid-config";

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ConfigError";
  }
}

/**
 * Reads a service's configuration from environment variables. A variable that is set to nothing counts as absent.
 * Throws ConfigError with one line per problem.
 */
export function loadConfig<Schema extends z.ZodType>(
  schema: Schema,
  env: Readonly<Record<string, string | undefined>>,
): Readonly<z.output<Schema>> {
  const present = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ""),
  );
  const result = schema.safeParse(present);
  if (result.success) return Object.freeze(result.data);
  const problems = result.error.issues.map((issue) => `  ${describeIssue(issue, present)}`);
  throw new ConfigError(`The configuration cannot be used:\n${problems.join("\n")}`);
}

function describeIssue({ path, message }: z.core.$ZodIssue, present: Record<string, unknown>): string {
  const [variable] = path;
  if (variable === undefined) return message;
  return String(variable) in present || !message.includes("received undefined")
    ? `${path.join(".")}: ${message}`
    : `${path.join(".")}: is not set`;
}
