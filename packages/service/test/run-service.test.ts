import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import { describe, expect, it } from "@jest/globals";

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

async function runProbe(behaviour: string, signals: { at: string; send: NodeJS.Signals }[]): Promise<Ended> {
  const script = fileURLToPath(new URL("service-process.ts", import.meta.url));
  const flags = ["--conditions=@proxbox/source", `--import=${import.meta.resolve("tsx")}`];
  const child = spawn(process.execPath, [...flags, script, behaviour], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const pending = [...signals];
  const collect = (chunk: Buffer) => {
    output += chunk.toString();
    const [next] = pending;
    if (next !== undefined && output.includes(next.at)) {
      pending.shift();
      child.kill(next.send);
    }
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  await once(child, "close");
  return { code: child.exitCode, output };
}

describe("runService", () => {
  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("stops cleanly and exits with 0 at %s", async (send) => {
    const { code, output } = await runProbe("", [{ at: "ready", send }]);
    expect(code).toBe(0);
    expect(output).toMatch(
      new RegExp(`"stopping","signal":"${send}"[^]*second stops[^]*"message":"stopped"`),
    );
  });

  it("interrupts a start that is still waiting, and stops what it had started", async () => {
    const { code, output } = await runProbe("slow-start", [{ at: "ready", send: "SIGTERM" }]);
    expect(code).toBe(0);
    expect(output).toContain("second stops");
  });

  it("exits with 1 when something fails to stop or the deadline passes", async () => {
    const failed = await runProbe("fail-to-stop", [{ at: "ready", send: "SIGTERM" }]);
    expect(failed).toMatchObject({ code: 1, output: expect.stringContaining("second did not stop cleanly") });
    const hanging = await runProbe("hang", [{ at: "ready", send: "SIGTERM" }]);
    expect(hanging).toMatchObject({
      code: 1,
      output: expect.stringContaining("second did not stop within 300 ms"),
    });
  });

  it("ends at once with 1 at a second signal", async () => {
    const signals = [
      { at: "ready", send: "SIGINT" },
      { at: "second stops", send: "SIGINT" },
    ] as const;
    const { code, output } = await runProbe("hang", [...signals]);
    expect(code).toBe(1);
    expect(output).toContain("a second signal ends the process");
  });

  it("prints a configuration problem without a stack, stops what was started, and exits with 1", async () => {
    const { code, output } = await runProbe("bad-config", []);
    expect(code).toBe(1);
    expect(output).toContain("probe: The configuration cannot be used:\n  PORT: is not set\n");
    expect(output).toContain("second stops");
    expect(output).not.toContain("    at ");
  });

  it("logs why it could not start and exits with 1", async () => {
    const { code, output } = await runProbe("fail-to-start", []);
    expect(code).toBe(1);
    expect(output).toMatch(
      /"could not start","error":\{"name":"Error","message":"no database"[^]*second stops/,
    );
  });

  it("logs a rejection that reaches nobody and exits with 1", async () => {
    const { code, output } = await runProbe("reject", []);
    expect(code).toBe(1);
    expect(output).toMatch(/"a rejection reached nobody".*nobody listens/);
  });
});
