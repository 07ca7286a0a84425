import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";

import { describe, expect, it } from "@jest/globals";

import { sweepAbandonedTestRuns } from "../src/test-run-folder.ts";

describe("a test run that was killed", () => {
  it("leaves servers that the next run stops, with their folder", async () => {
    const script = fileURLToPath(new URL("test-run-process.ts", import.meta.url));
    const flags = ["--conditions=@proxbox/source", `--import=${import.meta.resolve("tsx")}`];
    const run = spawn(process.execPath, [...flags, script], { stdio: ["pipe", "pipe", "inherit"] });
    const printed: unknown[] = await once(run.stdout, "data");
    const urls = [...String(printed[0]).matchAll(/"((?:postgres|redis):\/\/[^"]+)"/g)].map(
      ([, url = ""]) => url,
    );
    run.kill("SIGKILL");
    await once(run, "exit");
    expect(urls.length).toBeGreaterThan(0);
    for (const url of urls) expect(await isListening(url)).toBe(true);

    await sweepAbandonedTestRuns();

    for (const url of urls) expect(await isListening(url)).toBe(false);
    const folders = (await readdir(tmpdir())).filter((name) =>
      name.startsWith(`proxbox-test-run-${run.pid ?? 0}-`),
    );
    expect(folders).toEqual([]);
  });
});

async function isListening(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  const socket = createConnection({ host: hostname, port: Number(port) });
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
