import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { appendFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

// A project in which npm and the compiler only note that they were called, and do the least that a start needs.
const files = {
  "package.json": "{}",
  "package-lock.json": "{}",
  "tsconfig.json": "{}",
  "services/standalone/package.json": "{}",
  "services/standalone/tsconfig.build.json": "{}",
  "services/standalone/src/main.ts": "",
  "tools/npm-cli.js": `
    const { appendFileSync, mkdirSync, writeFileSync } = require("node:fs");
    appendFileSync("calls", "npm " + process.argv.slice(2).join(" ") + "\\n");
    mkdirSync("node_modules/typescript/bin", { recursive: true });
    writeFileSync("node_modules/typescript/bin/tsc", \`
      const { appendFileSync, cpSync } = require("node:fs");
      appendFileSync("calls", "tsc\\\\n");
      cpSync("tools/main.js", "services/standalone/dist/main.js");
    \`);`,
  "tools/main.js": `
    setInterval(() => undefined, 1000);
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) {
      process.on(name, () => {
        console.log("got", name);
        setTimeout(() => process.exit(5), 200);
      });
    }
    console.log("started", JSON.stringify(process.argv.slice(2)));
    if (process.argv.includes("--exit")) process.exit(7);
    if (process.argv.includes("--die")) process.kill(process.pid, "SIGUSR2");`,
};

let root: string;
beforeAll(async () => {
  root = join(await mkdtemp(join(tmpdir(), "run script-")), "a project");
  await cp(fileURLToPath(new URL("../../../scripts", import.meta.url)), join(root, "scripts"), {
    recursive: true,
  });
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), content);
  }
});
afterAll(() => rm(dirname(root), { recursive: true }));

function run(...args: string[]): ChildProcess {
  const env = { npm_execpath: join(root, "tools", "npm-cli.js") };
  // In a group of its own, as a terminal would start it.
  return spawn(process.execPath, [join(root, "scripts", "run.mjs"), ...args], {
    env,
    cwd: "/",
    detached: true,
  });
}

async function finish(child: ChildProcess, onOutput?: (all: string) => void): Promise<string> {
  let output = "";
  const collect = (chunk: Buffer) => {
    output += chunk.toString();
    onOutput?.(output);
  };
  child.stdout?.on("data", collect);
  child.stderr?.on("data", collect);
  await once(child, "close");
  return output;
}

async function callsSince(change: () => Promise<void>): Promise<string[]> {
  await rm(join(root, "calls"), { force: true });
  await change();
  await finish(run("standalone", "--exit"));
  const calls = await readFile(join(root, "calls"), "utf8").catch(() => "");
  return calls.split("\n").filter(Boolean);
}

describe("scripts/run.mjs", () => {
  it("installs and builds once, says so, and again only when something changed", async () => {
    const first = await finish(run("standalone", "--exit"));
    expect(first).toMatch(
      /^Installing dependencies \(first time.*\) \.\.\. \d+ s\nBuilding \.\.\. \d+ s\nstarted/,
    );
    const npm = "npm install --include=dev --no-audit --no-fund";
    expect(await callsSince(() => Promise.resolve())).toEqual([]);
    expect(await callsSince(() => appendFile(join(root, "package-lock.json"), " "))).toEqual([npm, "tsc"]);
    expect(await callsSince(() => appendFile(join(root, "services/standalone/package.json"), " "))).toEqual([
      npm,
      "tsc",
    ]);
    expect(await callsSince(() => appendFile(join(root, "services/standalone/src/main.ts"), " "))).toEqual([
      "tsc",
    ]);
    expect(await callsSince(() => rm(join(root, "services/standalone/dist"), { recursive: true }))).toEqual([
      "tsc",
    ]);
  });

  it("passes arguments on, and the exit code back", async () => {
    const child = run("demo", "--exit", "two words");
    expect(await finish(child)).toContain('started ["--demo","--exit","two words"]');
    expect(child.exitCode).toBe(7);
  });

  it("ends by the signal that its child died of", async () => {
    const child = run("standalone", "--die");
    await finish(child);
    expect(child.signalCode).toBe("SIGUSR2");
  });

  it("forwards one Ctrl-C once, although it arrives from several sides", async () => {
    const child = run("standalone");
    let sent = false;
    const output = await finish(child, (all) => {
      if (sent || !all.includes("started")) return;
      sent = true;
      process.kill(-(child.pid ?? 0), "SIGINT");
      child.kill("SIGINT");
      child.kill("SIGTERM");
    });
    expect(output.match(/got/g)).toHaveLength(1);
    expect(child.exitCode).toBe(5);
  });

  it("lists its commands when it is given none, or one that it does not know", async () => {
    for (const args of [[], ["toString"]]) {
      const child = run(...args);
      expect(await finish(child)).toContain("Usage: node scripts/run.mjs standalone|demo|");
      expect(child.exitCode).toBe(1);
    }
  });

  it("says what failed, in npm's own words", async () => {
    await writeFile(join(root, "tools", "npm-cli.js"), 'console.error("no network"); process.exit(1);');
    await appendFile(join(root, "package-lock.json"), " ");
    const child = run("standalone");
    expect(await finish(child)).toMatch(
      /Updating dependencies \.\.\. failed after \d+ s\nno network\nnpm install failed/,
    );
    expect(child.exitCode).toBe(1);
  });
});
