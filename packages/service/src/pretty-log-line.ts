/** A log line for a person: time, level, message, then the facts; stacks of errors follow on lines of their own. */
export function formatPretty(line: Readonly<Record<string, unknown>>): string {
  const { time, level, service, message, ...fields } = line;
  const stacks: string[] = [];
  const facts = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}=${showValue(withoutStack(value, stacks))}`);
  const clock = String(time).slice(11, 23);
  const head = `${clock} ${String(level).toUpperCase().padEnd(5)} ${String(service)}: ${String(message)}`;
  return [head + facts.join(""), ...stacks].join("\n");
}

function showValue(value: unknown): string {
  return typeof value === "string" && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}

function withoutStack(value: unknown, stacks: string[]): unknown {
  if (typeof value !== "object" || value === null || !("stack" in value)) return value;
  const { stack, ...rest } = value;
  stacks.push(String(stack).replaceAll(/^/gm, "    "));
  return "cause" in rest ? { ...rest, cause: withoutStack(rest.cause, stacks) } : rest;
}
