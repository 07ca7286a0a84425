import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";

const workspaceFolders = ["packages", "services"];

/** Whether a stamp file says what it should. */
export function isCurrent(stamp, fingerprint) {
  return existsSync(stamp) && readFileSync(stamp, "utf8") === fingerprint;
}

/** Changes when another `npm install` is needed. */
export function fingerprintInstall(root) {
  const files = [root, ...listWorkspaces(root)].map((folder) => join(folder, "package.json"));
  const machine = `${process.platform}-${process.arch}`;
  return fingerprint(root, [join(root, "package-lock.json"), ...files], machine);
}

/**
 * Changes when another build is needed: with the sources, and when an output folder is gone. Contents count, not times:
 * a fresh clone or copy changes only the latter.
 */
export function fingerprintBuild(root) {
  const workspaces = listWorkspaces(root);
  const sources = workspaces.flatMap((folder) => [
    join(folder, "tsconfig.build.json"),
    ...listFiles(join(folder, "src")),
  ]);
  const built = workspaces
    .filter((folder) => existsSync(join(folder, "dist")))
    .map((folder) => relative(root, folder));
  const salt = [fingerprintInstall(root), ...built].join("\n");
  return fingerprint(root, [join(root, "tsconfig.json"), ...sources], salt);
}

/** The TypeScript projects that together reach everything that can be started. */
export function listBuildProjects(root) {
  return listWorkspaces(root)
    .filter((folder) => relative(root, folder).split(sep)[0] === "services")
    .map((folder) => join(folder, "tsconfig.build.json"))
    .filter((path) => existsSync(path));
}

function listWorkspaces(root) {
  return workspaceFolders
    .map((name) => join(root, name))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((folder) => existsSync(join(folder, "package.json")))
    .sort();
}

function listFiles(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .sort();
}

function fingerprint(root, files, salt) {
  const hash = createHash("sha256").update(salt);
  for (const path of files.filter((file) => existsSync(file))) {
    const content = createHash("sha256").update(readFileSync(path)).digest("hex");
    hash.update(`\n${relative(root, path)} ${content}`);
  }
  return hash.digest("hex");
}
