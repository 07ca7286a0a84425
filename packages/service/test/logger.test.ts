import { readFile } from "node:fs/promises";
import { PassThrough } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";

import { beforeEach, describe, expect, it } from "@jest/globals";

import { createLogger, withLogContext, type Logger, type LoggerOptions } from "../src/index.ts";

let stream: PassThrough;
let log: Logger;
beforeEach(() => start({}));

function start(options: Partial<LoggerOptions>): void {
  stream = new PassThrough();
  log = createLogger({ service: "test", level: "info", format: "json", stream, ...options });
}

function text(): string {
  return String(stream.read() ?? "");
}

function lines(): unknown[] {
  return text()
    .trimEnd()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
}

describe("a JSON log line", () => {
  it("has time, level, service and message, and facts beside them that cannot pose as one of these", () => {
    log.info("sync applied", { created: 3, message: "other", level: "error", at: new Date(0), big: 7n });
    expect(lines()).toEqual([
      {
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        level: "info",
        service: "test",
        message: "sync applied",
        created: 3,
        at: "1970-01-01T00:00:00.000Z",
        big: "7",
      },
    ]);
  });

  it("is one line whatever is in it, and absent below the level", () => {
    log.debug("hidden");
    log.warn("line\nbreak", { note: "a\nb" });
    expect(text().trimEnd().split("\n")).toHaveLength(1);
  });

  it("carries an error's message, code, stack and causes", async () => {
    const cause: unknown = await readFile("/nonexistent").catch((error: unknown) => error);
    log.error("sync failed", {
      error: Object.assign(new TypeError("bad", { cause }), { code: "unreachable" }),
    });
    expect(lines()).toEqual([
      expect.objectContaining({
        error: {
          name: "TypeError",
          message: "bad",
          code: "unreachable",
          stack: expect.stringContaining("logger.test.ts"),
          cause: expect.objectContaining({
            code: "ENOENT",
            message: expect.stringContaining("/nonexistent"),
          }),
        },
      }),
    ]);
  });

  it("survives a value that contains itself or is very deep", () => {
    const self: Record<string, unknown> = {};
    self["self"] = { self };
    let deep: unknown = "bottom";
    for (let level = 0; level < 100; level += 1) deep = { deep };
    log.info("odd values", { self, deep, list: [new Set([1]), new Map([["a", 1]])], bytes: Buffer.alloc(3) });
    const [line] = lines();
    expect(line).toMatchObject({ list: [[1], { a: 1 }], bytes: "[3 bytes]" });
    expect(JSON.stringify(line)).toMatch(/\[circular\].*\[too deep\]/);
  });
});

describe("secrets", () => {
  it("are redacted by their key, at any depth and in any spelling", () => {
    const secrets = {
      password: "p1",
      tokenValue: "p2",
      PROXMOX_TOKEN_SECRET: "p3",
      "Set-Cookie": ["p4"],
      headers: [{ Authorization: "p5" }],
      map: new Map([["api_key", "p6"]]),
      error: Object.assign(new Error("x", { cause: { secret: "p7" } }), {}),
      encryption_keys: ["p8"],
    };
    log.info("start", secrets);
    log.child({ ticket: "p9" }).info("start");
    const written = text();
    expect(written).not.toMatch(/p[1-9]/);
    expect(written.match(/\[redacted\]/g)).toHaveLength(9);
  });

  it("are redacted inside texts when they are a URL's password or a Proxmox API token", () => {
    const error = new Error("connect to postgres://proxbox:hunter2@db:5432/x failed");
    log.warn("failed", {
      error,
      header: "PVEAPIToken=root@pam!sync=hunter2-uuid",
      url: new URL("redis://:hunter2@r/"),
    });
    const written = text();
    expect(written).not.toContain("hunter2");
    expect(written).toContain("postgres://proxbox:[redacted]@db:5432/x");
    expect(written).toContain("PVEAPIToken=root@pam!sync=[redacted]");
  });

  it("leave facts alone that only sound like secrets", () => {
    log.info("token seen", { tokenId: "root@pam!sync", hasPassword: false, token: null, vmid: 100 });
    expect(lines()).toEqual([
      expect.objectContaining({ tokenId: "root@pam!sync", hasPassword: false, token: null, vmid: 100 }),
    ]);
  });
});

describe("log context", () => {
  it("is in every line of what is awaited within, nests, and ends with it", async () => {
    await withLogContext({ jobId: 7, endpointId: 1 }, async () => {
      await turn();
      log.info("outer");
      await withLogContext({ endpointId: 2 }, async () => {
        await turn();
        log.child({ stage: "storage" }).info("inner");
      });
    });
    log.info("after");
    expect(lines()).toEqual([
      expect.objectContaining({ message: "outer", jobId: 7, endpointId: 1 }),
      expect.objectContaining({ message: "inner", jobId: 7, endpointId: 2, stage: "storage" }),
      expect.not.objectContaining({ jobId: 7 }),
    ]);
  });
});

describe("a pretty log line", () => {
  it("is for a person, with stacks below it", () => {
    start({ format: "pretty" });
    log.info("sync applied", { created: 3, node: "pve 1", states: { ok: 2 } });
    log.error("sync failed", { error: new Error("bad") });
    const [first, second, stack] = text().split("\n");
    expect(first).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} INFO {2}test: sync applied created=3 node="pve 1" states=\{"ok":2\}$/,
    );
    expect(second).toMatch(/ERROR test: sync failed error=\{"name":"Error","message":"bad"\}$/);
    expect(stack).toMatch(/^ {4}Error: bad$/);
  });
});
