import { readFile } from "node:fs/promises";

/** Whether a failed file operation failed with this system code, such as `ENOENT`. */
export function hasSystemCode(error: unknown, ...codes: string[]): boolean {
  // Not `instanceof Error`: under Jest, Node's own errors are of another realm.
  return (
    typeof error === "object" &&
    error !== null &&
    "code" in error &&
    codes.some((code) => error.code === code)
  );
}

/** The text of a file, or null when there is none. */
export async function readIfExists(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    // ESRCH: a process's file in /proc, when the process ends between open and read.
    if (hasSystemCode(error, "ENOENT", "ESRCH")) return null;
    throw error;
  }
}
