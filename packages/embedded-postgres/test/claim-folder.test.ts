import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { claimFolder } from "../src/claim-folder.ts";
import { processIdentity } from "../src/process-identity.ts";

describe("claimFolder", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "claim-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("refuses a second owner while the first lives, and lets it in after the release", async () => {
    const release = await claimFolder(folder);
    await expect(claimFolder(folder)).rejects.toMatchObject({
      code: "folder-in-use",
      message: expect.stringContaining(`process ${process.pid} already uses`),
    });
    await release();
    const releaseAgain = await claimFolder(folder);
    await expect(claimFolder(folder)).rejects.toMatchObject({ code: "folder-in-use" });
    await releaseAgain();
    expect(await readdir(folder)).toEqual(["owner.2"]);
  });

  it("takes over from a process whose id was reused", async () => {
    await writeFile(join(folder, "owner.7"), `${process.pid} an-earlier-start\n`);
    const release = await claimFolder(folder);
    expect(await readdir(folder)).toEqual(["owner.8"]);
    await release();
  });

  it("lets one of many simultaneous claims through", async () => {
    await writeFile(join(folder, "owner.1"), "999999999 gone\n");
    const claims = await Promise.allSettled(Array.from({ length: 20 }, () => claimFolder(folder)));
    expect(claims.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });
});

describe("processIdentity", () => {
  it("is the same at every look at one process, and null for none", async () => {
    const first = await processIdentity(process.pid);
    expect(first).toMatch(/\S/);
    expect(await processIdentity(process.pid)).toBe(first);
    expect(await processIdentity(999_999_999)).toBeNull();
  });
});
