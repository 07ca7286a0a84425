import { readIfExists } from "./read-if-exists.ts";
import { runProgram } from "./run-program.ts";

/** Tells a process from a later one with the same id; null when there is no such process, or only its zombie. */
export async function processIdentity(pid: number): Promise<string | null> {
  if (process.platform !== "linux") {
    const { output } = await runProgram("/bin/ps", ["-o", "lstart=", "-p", String(pid)]);
    return output.trim() || null;
  }
  const stat = await readIfExists(`/proc/${pid}/stat`);
  if (stat === null) return null;
  // proc(5): the name in parentheses may contain anything; after it come state and, as 20th, the start time.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (fields[0] === "Z" || fields[0] === "X") return null;
  const boot = await readIfExists("/proc/sys/kernel/random/boot_id");
  return `${boot?.trim() ?? "boot"}:${fields[19] ?? ""}`;
}

/** The words of a process's command line, empty when there is no such process. */
export async function processCommand(pid: number): Promise<readonly string[]> {
  if (process.platform !== "linux") {
    const { output } = await runProgram("/bin/ps", ["-ww", "-o", "command=", "-p", String(pid)]);
    return output.trim().split(" ");
  }
  return ((await readIfExists(`/proc/${pid}/cmdline`)) ?? "").split("\0");
}
