import { spawn } from "node:child_process";

/** The unprivileged user that runs PostgreSQL when this process is root; null when it runs as this very user. */
export type Account = { readonly uid: number; readonly gid: number } | null;

/** What a program said and how it ended; `code` is null when it could not be started at all or died of a signal. */
export interface ProgramResult {
  readonly code: number | null;
  readonly output: string;
}

/**
 * Runs a program to its end and collects both of its output streams.
 *
 * The environment is fixed, so that no PGHOST, LC_ALL or TZ of the operator reaches PostgreSQL, and the program gets a
 * session of its own, so that Ctrl-C in a terminal does not reach it.
 */
export function runProgram(
  path: string,
  args: readonly string[],
  { account = null, input = "" }: { account?: Account; input?: string } = {},
): Promise<ProgramResult> {
  return new Promise((resolve) => {
    const child = spawn(path, args, {
      ...account,
      cwd: "/",
      detached: true,
      env: { PATH: "/usr/local/bin:/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" },
      stdio: "pipe",
    });
    let output = "";
    const collect = (chunk: Buffer) => (output += chunk.toString("utf8"));
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    // A program that ends without reading its input is judged by its exit code.
    child.stdin.on("error", (error) => (output += `${error.message}\n`));
    child.on("error", (error) => resolve({ code: null, output: `${output}${error.message}\n` }));
    child.on("close", (code) => resolve({ code, output }));
    child.stdin.end(input);
  });
}
