import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { DEFAULT_TOKEN } from "@proxbox/pve-simulator";
import { TOKEN_HEADER } from "./client.ts";
import type { ChildProcess } from "node:child_process";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

function start(...args: string[]): ChildProcess {
  const nodeOptions = ["--conditions=@proxbox/source", "--import=tsx", main];
  return spawn(process.execPath, [...nodeOptions, ...args], {
    env: {},
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function outputUntil(child: ChildProcess, pattern: RegExp): Promise<string> {
  let output = "";
  for await (const chunk of child.stdout ?? []) {
    output += String(chunk);
    if (pattern.test(output)) return output;
  }
  throw new Error(`ended with ${output}`);
}

describe("the command line", () => {
  test("starts clusters, prints how to reach them and stops on SIGTERM", async () => {
    const child = start(
      "--port",
      "0",
      "--clusters",
      "2",
      "--flavour",
      "8.4",
      "--http",
      "--control-port",
      "0",
    );
    const exited = once(child, "exit");
    const output = await outputUntil(child, /Control +http\S+_simulator/);
    expect(output).toContain("alpha: 3 nodes, 12 guests, 16 replication jobs");
    expect(output).toContain("beta: 3 nodes");
    expect(output).toContain(DEFAULT_TOKEN.id);
    expect(output).toContain(DEFAULT_TOKEN.secret);
    const [url = ""] = /http:\/\/127\.0\.0\.1:\d+/.exec(output) ?? [];
    const reply = await fetch(`${url}/api2/json/version`, {
      headers: { authorization: TOKEN_HEADER, connection: "close" },
    });
    expect(await reply.json()).toMatchObject({ data: { release: "8.4" } });
    child.kill("SIGTERM");
    expect(await exited).toEqual([0, null]);
  });

  test("explains a wrong option and leaves with 2", async () => {
    const child = start("--flavour", "5.0");
    const exited = once(child, "exit");
    let errors = "";
    for await (const chunk of child.stderr ?? []) errors += String(chunk);
    expect(errors).toMatch(/flavour[\s\S]*Usage: pve-simulator/);
    expect(await exited).toEqual([2, null]);
  });
});
