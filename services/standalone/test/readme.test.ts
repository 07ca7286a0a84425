import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { secretSettings, storageSettings } from "@proxbox/service";
import { z } from "zod";
import { standaloneSettings } from "../src/index.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

test("the README's configuration table says what the schemas say", async () => {
  expect((await tableOf("README.md", "## Configuration")).join("\n")).toBe(configurationRows().join("\n"));
});

test("the README's tree names every package and every service", async () => {
  const text = await readFile(join(root, "README.md"), "utf8");
  for (const folder of ["packages", "services"]) {
    const [, tree = ""] = new RegExp(`^${folder}/.*\\n((?: {2}.*\\n)*)`, "m").exec(text) ?? [];
    const named = [...tree.matchAll(/^ {2}([\w-]+)\//gm)].map(([, name]) => name);
    expect(named.toSorted()).toEqual(await workspacesOf(folder));
  }
});

test("files for docker compose set only variables that a process or an image knows", async () => {
  const ours = Object.keys(standaloneSettings.shape);
  const ofThePostgresImage = ["POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD"];
  for (const file of [".env.example", "docker-compose.yml"]) {
    const text = await readFile(join(root, file), "utf8");
    const names = [...text.matchAll(/^ *([A-Z][A-Z_]+)[:=]/gm)].map(([, name]) => name);
    expect(names.length).toBeGreaterThan(5);
    expect(names.filter((name) => ![...ours, ...ofThePostgresImage].includes(name ?? ""))).toEqual([]);
  }
});

test("links between the pages of the documentation lead to files", async () => {
  const links = (await Promise.all((await pages()).map(linksOf))).flat();
  expect(links.length).toBeGreaterThan(20);
  const broken = await Promise.all(
    links.map(async ({ page, target }) => ((await exists(target)) ? [] : [`${page}: ${target}`])),
  );
  expect(broken.flat()).toEqual([]);
});

/** One row per variable, as the README has to show it. */
function configurationRows(): string[] {
  const { properties = {} } = z.toJSONSchema(standaloneSettings, { io: "input" });
  const required = [storageSettings, secretSettings].flatMap(
    (schema) => z.toJSONSchema(schema, { io: "input" }).required ?? [],
  );
  return Object.entries(properties).map(([name, property]) => {
    const { default: initial, description } = z
      .object({ default: z.union([z.string(), z.number()]).optional(), description: z.string() })
      .parse(property);
    const absent = required.includes(name) ? "required, but `npm start` makes its own" : "none";
    const cells = [`\`${name}\``, initial === undefined ? absent : `\`${initial}\``, description];
    return rowOf(cells.map((cell) => cell.replaceAll("|", "\\|")));
  });
}

/** The rows below a heading, however wide the columns are. */
async function tableOf(file: string, heading: string): Promise<string[]> {
  const text = await readFile(join(root, file), "utf8");
  const [section = ""] = (text.split(`\n${heading}\n`)[1] ?? "").split(/^## /m);
  return section
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) =>
      rowOf(
        line
          .split(/(?<!\\)\|/)
          .slice(1, -1)
          .map((cell) => cell.trim()),
      ),
    );
}

function rowOf(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

/** A folder that only holds build output of another branch is no workspace. */
async function workspacesOf(folder: string): Promise<string[]> {
  const names = await readdir(join(root, folder));
  const found = await Promise.all(
    names.map(async (name) => ((await exists(join(folder, name, "package.json"))) ? [name] : [])),
  );
  return found.flat().toSorted();
}

async function pages(): Promise<string[]> {
  const docs = await readdir(join(root, "docs"), { recursive: true });
  const readmes = await Promise.all(
    ["packages", "services"].map(async (folder) =>
      (await workspacesOf(folder)).map((name) => join(folder, name, "README.md")),
    ),
  );
  const all = [
    "README.md",
    "CHANGELOG.md",
    ...docs.filter((name) => name.endsWith(".md")).map((name) => join("docs", name)),
  ];
  const present = await Promise.all(readmes.flat().map(async (page) => ((await exists(page)) ? [page] : [])));
  return [...all, ...present.flat()];
}

async function linksOf(page: string): Promise<{ page: string; target: string }[]> {
  const text = await readFile(join(root, page), "utf8");
  return [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)].map(([, link = ""]) => ({
    page,
    target: join(dirname(page), link),
  }));
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(join(root, path));
    return true;
  } catch {
    return false;
  }
}
