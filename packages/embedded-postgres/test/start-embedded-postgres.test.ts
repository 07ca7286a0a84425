import { once } from "node:events";
import { spawn } from "node:child_process";
import { cp, lstat, mkdir, readdir, readFile, readlink, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { stopAbandonedPostgres } from "../src/index.ts";
import { findNativeFolder } from "../src/native-binaries.ts";
import { processIdentity } from "../src/process-identity.ts";
import { resolveServerHome } from "../src/server-home.ts";
import {
  createServerFixture,
  findServerOf,
  isListening,
  isProjectPublic,
  isRoot,
  until,
  type ServerFixture,
} from "./server-fixture.ts";

const nobody = { uid: 65_534, gid: 65_534 };
const forRoot = isRoot ? it : it.skip;
const forRootOfPublicProject = isRoot && (await isProjectPublic(nobody)) ? it : it.skip;
let fixture: ServerFixture;
beforeAll(async () => {
  fixture = await createServerFixture();
});
afterAll(() => fixture.close());

describe("a first start", () => {
  it("creates a UTF8 database in the C locale that knows ICU collations and pg_trgm", async () => {
    const server = await fixture.start("first");
    expect(server.url).toMatch(
      new RegExp(`^postgres://proxbox:[\\w-]{32}@127\\.0\\.0\\.1:${server.port}/proxbox$`),
    );
    await server.stop();
    const answer = await fixture.ask(
      "first",
      [
        "select pg_encoding_to_char(encoding) as e, datcollate as l from pg_database where datname = 'proxbox'",
        "create collation natural_order (provider = icu, locale = 'und-u-kn-true')",
        "select ('n2' < 'n10' collate natural_order) as natural_result",
        "create extension pg_trgm",
        "select similarity('web', 'web') as same",
      ].join("\n"),
    );
    expect(answer).toContain('e = "UTF8"');
    expect(answer).toContain('l = "C"');
    expect(answer).toContain('natural_result = "t"');
    expect(answer).toContain('same = "1"');
    expect(answer).not.toContain("ERROR");
  });

  it("works in an empty environment", async () => {
    const owner = await fixture.startOwner("empty-environment");
    expect(await isListening("127.0.0.1", owner.port)).toBe(true);
    expect(await owner.finish()).toBe(0);
    expect(await fixture.ask("empty-environment", "show server_encoding")).toContain(
      'server_encoding = "UTF8"',
    );
  });

  it("keeps its secrets from other users and leaves nothing but the database behind", async () => {
    const dataDir = join(fixture.folder, "first");
    expect((await stat(join(dataDir, "password"))).mode & 0o777).toBe(0o600);
    expect((await stat(join(dataDir, "cluster"))).mode & 0o777).toBe(0o700);
    expect(await readFile(join(dataDir, "cluster", "pg_hba.conf"), "utf8")).not.toMatch(
      /^[^#]*\b(trust|peer)\b/m,
    );
    expect((await readdir(dataDir)).sort()).toEqual(["cluster", "owner.1", "password", "port", "server.log"]);
  });
});

describe("a running server", () => {
  it("listens on 127.0.0.1 only, and stop leaves no process", async () => {
    const server = await fixture.start("reach");
    const found = await findServerOf(join(fixture.folder, "reach"));
    const others = Object.values(networkInterfaces()).flatMap((list) =>
      (list ?? []).filter(({ internal }) => !internal),
    );
    expect(await isListening("127.0.0.1", server.port)).toBe(true);
    for (const { address } of others) expect(await isListening(address, server.port)).toBe(false);
    await Promise.all([server.stop(), server.stop()]);
    expect(await processIdentity(found?.pid ?? 0)).toBeNull();
    expect(await isListening("127.0.0.1", server.port)).toBe(false);
  });

  it("stops although a client is still connected", async () => {
    const server = await fixture.start("busy");
    expect(await isListening("127.0.0.1", server.port)).toBe(true);
    const client = spawn(process.execPath, ["-e", `require("net").connect(${server.port}, "127.0.0.1")`]);
    await once(client, "spawn");
    await server.stop();
    client.kill();
    expect(await findServerOf(join(fixture.folder, "busy"))).toBeNull();
  });

  it("is refused to a second owner, and not stopped as abandoned, while the first lives", async () => {
    const owner = await fixture.startOwner("owned");
    await expect(fixture.start("owned")).rejects.toMatchObject({ code: "folder-in-use" });
    expect(await stopAbandonedPostgres({ dataDir: join(fixture.folder, "owned") })).toBe(false);
    expect(await isListening("127.0.0.1", owner.port)).toBe(true);
    expect(await owner.finish()).toBe(0);
    expect(await isListening("127.0.0.1", owner.port)).toBe(false);
  });
});

describe("a second start", () => {
  it("keeps port and password, and takes another port when that one is taken", async () => {
    const first = await fixture.start("port");
    await first.stop();
    const second = await fixture.start("port");
    expect(second.url).toBe(first.url);
    await second.stop();
    const rival = createServer().listen(first.port, "127.0.0.1");
    await once(rival, "listening");
    const third = await fixture.start("port");
    expect(third.port).not.toBe(first.port);
    expect(await isListening("127.0.0.1", third.port)).toBe(true);
    await third.stop();
    rival.close();
  });

  it("adopts the server of an owner that was killed, and stops it in the end", async () => {
    const dataDir = join(fixture.folder, "orphan");
    const owner = await fixture.startOwner("orphan");
    const before = await findServerOf(dataDir);
    await owner.kill();
    expect(await isListening("127.0.0.1", owner.port)).toBe(true);
    const server = await fixture.start("orphan");
    expect(server.port).toBe(owner.port);
    expect((await findServerOf(dataDir))?.pid).toBe(before?.pid);
    await server.stop();
    expect(await findServerOf(dataDir)).toBeNull();
  });

  it("recovers when owner and server were killed together", async () => {
    const dataDir = join(fixture.folder, "power-cut");
    const owner = await fixture.startOwner("power-cut");
    const found = await findServerOf(dataDir);
    await owner.kill();
    process.kill(found?.pid ?? 0, "SIGKILL");
    const server = await fixture.start("power-cut");
    expect(await isListening("127.0.0.1", server.port)).toBe(true);
    expect((await findServerOf(dataDir))?.pid).not.toBe(found?.pid);
    await server.stop();
    expect(await readFile(join(dataDir, "server.log"), "utf8")).toContain("was not properly shut down");
  });

  it("is not held up by a stale process id that another process has now", async () => {
    const dataDir = join(fixture.folder, "reused-id");
    const owner = await fixture.startOwner("reused-id");
    const found = await findServerOf(dataDir);
    await owner.kill();
    process.kill(found?.pid ?? 0, "SIGKILL");
    await until(async () => (await processIdentity(found?.pid ?? 0)) === null);
    const { account, cluster } = await resolveServerHome(dataDir, "/nonexistent");
    const bystander = spawn("sleep", ["60"], { ...account });
    await once(bystander, "spawn");
    const pidFile = join(cluster, "postmaster.pid");
    await writeFile(pidFile, (await readFile(pidFile, "utf8")).replace(/^\d+/, String(bystander.pid)));
    const server = await fixture.start("reused-id");
    expect(await isListening("127.0.0.1", server.port)).toBe(true);
    await server.stop();
    expect(bystander.exitCode).toBeNull();
    bystander.kill();
  });

  it("names both versions when the database was made by another major version", async () => {
    const server = await fixture.start("version");
    await server.stop();
    await writeFile(join(fixture.folder, "version", "cluster", "PG_VERSION"), "9\n");
    await expect(fixture.start("version")).rejects.toMatchObject({
      code: "wrong-version",
      message: expect.stringMatching(/made by PostgreSQL 9, .* version 18/),
    });
  });

  it("shows the end of the server's log when it does not start", async () => {
    const failing = fixture.start("failing", { settings: { fsync: "off", wal_level: "nonsense" } });
    await expect(failing).rejects.toMatchObject({
      code: "start-failed",
      message: expect.stringContaining('invalid value for parameter "wal_level": "nonsense"'),
    });
    const server = await fixture.start("failing");
    await server.stop();
  });
});

describe("an abandoned server", () => {
  it("is stopped without being started first", async () => {
    const dataDir = join(fixture.folder, "abandoned");
    const owner = await fixture.startOwner("abandoned");
    await owner.kill();
    expect(await stopAbandonedPostgres({ dataDir, publicDir: fixture.publicDir })).toBe(true);
    expect(await findServerOf(dataDir)).toBeNull();
  });
});

describe("users and places", () => {
  forRoot("root leaves the server to an unprivileged user", async () => {
    const server = await fixture.start("as-root");
    const found = await findServerOf(join(fixture.folder, "as-root"));
    expect((await stat(`/proc/${found?.pid ?? 0}`)).uid).not.toBe(0);
    await server.stop();
  });

  forRootOfPublicProject("an ordinary user runs it as itself", async () => {
    const place = join(fixture.folder, "ordinary");
    await mkdir(place);
    const handover = spawn("chown", [`${nobody.uid}:${nobody.gid}`, place]);
    await once(handover, "exit");
    const owner = await fixture.startOwner("ordinary", nobody);
    const found = await findServerOf(place);
    expect((await stat(`/proc/${found?.pid ?? 0}`)).uid).toBe(nobody.uid);
    expect(await owner.finish()).toBe(0);
    expect(await findServerOf(place)).toBeNull();
  });

  forRoot(
    "below a folder that only root may enter, files go to a public place and are found again",
    async () => {
      const locked = join(fixture.folder, "locked");
      await mkdir(locked, { mode: 0o700 });
      const native = join(locked, "package", "native");
      const installed = findNativeFolder();
      const isNoLink = async (path: string) => !(await lstat(path)).isSymbolicLink();
      await cp(installed, native, { recursive: true, filter: isNoLink });
      await cp(join(installed, "..", "package.json"), join(native, "..", "package.json"));

      const first = await fixture.start("locked/data", { native });
      await first.stop();
      const home = (await readFile(join(locked, "data", "location"), "utf8")).trim();
      expect(home.startsWith(fixture.publicDir)).toBe(true);
      expect((await readdir(home)).sort()).toEqual(["cluster", "owner.1", "password", "port", "server.log"]);
      const second = await fixture.start("locked/data", { native });
      expect(second.url).toBe(first.url);
      await second.stop();
      expect(await readlink(join(native, "lib", "libicuuc.so.60"))).toBe("libicuuc.so.60.2");
    },
  );

  forRoot("a public place that others may change is refused", async () => {
    const locked = join(fixture.folder, "locked-too");
    await mkdir(locked, { mode: 0o700 });
    const publicDir = join(fixture.folder, "writable");
    await mkdir(publicDir);
    await once(spawn("chmod", ["777", publicDir]), "exit");
    await expect(fixture.start("locked-too/data", { publicDir })).rejects.toMatchObject({
      code: "wrong-owner",
    });
  });
});
