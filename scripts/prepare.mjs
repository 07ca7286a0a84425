import { accessSync, constants, existsSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";

import { becomeOutcomeOf, runChild } from "./child-process.mjs";
import { fingerprintInstall, fingerprintBuild, isCurrent, listBuildProjects } from "./fingerprint.mjs";

/** Installs the dependencies when they never were, or when package-lock.json or a package.json changed since. */
export async function install(root) {
  const stamp = join(root, "node_modules", ".proxbox-install");
  if (isCurrent(stamp, fingerprintInstall(root))) return;
  const label = existsSync(stamp)
    ? "Updating dependencies"
    : "Installing dependencies (first time, about a minute)";
  const npm = findNpm();
  const args = [npm, "install", "--include=dev", "--no-audit", "--no-fund"];
  await step(label, "npm install", args, { cwd: root, env: npmEnvironment(root) });
  // npm may have completed the lock file.
  writeFileSync(stamp, fingerprintInstall(root));
}

/** Compiles the services, and the packages they use, when a source changed since the last successful time. */
export async function build(root) {
  const stamp = join(root, "node_modules", ".proxbox-build");
  if (isCurrent(stamp, fingerprintBuild(root))) return;
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  await step("Building", "The build", [compiler, "-b", ...listBuildProjects(root)], { cwd: root });
  writeFileSync(stamp, fingerprintBuild(root));
}

async function step(label, what, args, options) {
  const begin = Date.now();
  process.stderr.write(`${label} ... `);
  const outcome = await runChild(args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  process.stderr.write(
    `${outcome.code === 0 ? "" : "failed after "}${((Date.now() - begin) / 1000).toFixed(0)} s\n`,
  );
  if (outcome.signal !== null) becomeOutcomeOf(outcome);
  if (outcome.code !== 0) throw new Error(`${outcome.output.trim()}\n${what} failed; what it said is above.`);
}

/** npm's JavaScript: the one that runs us, or the one that came with this node. */
function findNpm() {
  const own = process.env.npm_execpath;
  const bin = dirname(process.execPath);
  const candidates = [
    ...(own !== undefined && basename(own) === "npm-cli.js" ? [own] : []),
    join(bin, "..", "lib", "node_modules", "npm", "bin", "npm-cli.js"),
    join(bin, "node_modules", "npm", "bin", "npm-cli.js"),
    ...[bin, ...(process.env.PATH ?? "").split(delimiter)].map((folder) => join(folder, "npm")),
  ];
  for (const candidate of candidates.filter((path) => existsSync(path))) {
    const path = realpathSync(candidate);
    if (basename(path) === "npm-cli.js") return path;
  }
  throw new Error("npm was not found beside this node. Run npm install yourself, then start again.");
}

/** npm needs a home for its cache, and its install scripts need node on the PATH. */
function npmEnvironment(root) {
  const path = [dirname(process.execPath), process.env.PATH].filter(Boolean).join(delimiter);
  const env = { ...process.env, PATH: path };
  if (hasHome()) return env;
  const home = join(root, "node_modules", ".cache", "npm-home");
  mkdirSync(home, { recursive: true });
  return { ...env, HOME: home };
}

function hasHome() {
  try {
    accessSync(homedir(), constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
