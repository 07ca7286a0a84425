// Starts whatever package.json's scripts name: installs and builds what is out of date, then runs node itself.
// Only Node's own modules: it must work in a fresh clone.
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

import { becomeOutcomeOf, runChild } from "./child-process.mjs";
import { build, install } from "./prepare.mjs";

const oldestNode = [20, 19];
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const fromSource = ["--disable-warning=ExperimentalWarning", "--conditions=@proxbox/source", "--import=tsx"];
const commands = {
  standalone: { args: ["services/standalone/dist/main.js"], builds: true },
  demo: { args: ["services/standalone/dist/main.js", "--demo"], builds: true },
  simulator: { args: ["packages/pve-simulator/dist/main.js"], builds: true },
  migrate: { args: ["services/standalone/dist/migrate-main.js"], builds: true },
  test: {
    args: ["--experimental-vm-modules", ...fromSource, "node_modules/jest/bin/jest.js"],
    builds: false,
  },
  "bench-sync": { args: [...fromSource, "bench/sync.ts"], builds: true },
};

function fail(message) {
  console.error(message);
  process.exit(1);
}

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1])) {
  fail(`Proxbox needs Node.js ${oldestNode.join(".")} or newer; this is ${process.versions.node}.`);
}
const [name = "", ...rest] = process.argv.slice(2);
const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
if (command === undefined) fail(`Usage: node scripts/run.mjs ${Object.keys(commands).join("|")} [arguments]`);

try {
  await install(root);
  if (command.builds) await build(root);
} catch (error) {
  fail(error.message);
}
becomeOutcomeOf(await runChild([...command.args, ...rest], { cwd: root, stdio: "inherit" }));
