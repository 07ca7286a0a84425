import { getEventListeners } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { inspect } from "node:util";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "@jest/globals";
import { lookupAllowed } from "../src/blocked-address.ts";
import type { ProxmoxConnection } from "../src/index.ts";
import { clientOf, eventually, failureOf, SECRET, serve, serveTcp, type TestServer } from "./servers.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});
function track<T extends { close(): unknown }>(resource: T): T {
  cleanups.push(() => resource.close());
  return resource;
}

const version = JSON.stringify({ data: { version: "8.4.14", release: "8.4", repoid: "0123" } });
type Answer = (response: ServerResponse, request: IncomingMessage) => unknown;

/** A server that gives the answers in turn, the last one for ever, and counts the requests. */
async function answering(...answers: Answer[]): Promise<TestServer & { requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = [];
  const server = await serve((request, response) => {
    const answer = answers[Math.min(requests.length, answers.length - 1)];
    requests.push(request);
    answer?.(response, request);
  });
  return track(Object.assign(server, { requests }));
}
const status =
  (code: number, reason: string, body = ""): Answer =>
  (response) => {
    response.writeHead(code, reason, { connection: "close" }).end(body);
  };
const good: Answer = (response) => response.end(version);
const reset: Answer = (response) => response.socket?.resetAndDestroy();
const connect = (url: string, changes: Partial<ProxmoxConnection> = {}) => track(clientOf(url, changes));

describe("a status means", () => {
  test.each([
    [
      401,
      "Authentication failed!",
      "unauthorized",
      /refuses the API token proxbox@pve!sync \(401 Authentication failed!\)/,
    ],
    [403, "Permission check failed (/vms/100, VM.Audit)", "forbidden", /VM\.Audit on \/vms\/100 is missing/],
    [403, "Permission check failed (/vms/100)", "forbidden", /a privilege on \/vms\/100 is missing/],
    [403, "Permission check failed", "forbidden", /403 Permission check failed/],
    [400, "Parameter verification failed.", "server-error", /400 Parameter verification failed/],
    [404, "Not Found", "server-error", /404 Not Found/],
    [500, "no such replication job '777-0'", "not-found", /no such replication job '777-0'/],
    [500, "Configuration file 'nodes/n/qemu-server/555.conf' does not exist", "not-found", /does not exist/],
    [500, "hostname lookup 'x' failed - failed to get address info", "not-found", /hostname lookup/],
    [500, "unable to open file - No such file or directory", "server-error", /No such file/],
    [500, "cfs-lock 'file-replication_cfg' error: no quorum!", "server-error", /no quorum/],
    [501, "Method 'GET /version' not implemented", "bad-answer", /6\.2 or later/],
    [502, "Bad Gateway", "server-error", /502 Bad Gateway/],
    [595, "No route to host", "unreachable", /595 No route to host/],
    [599, "Too many redirections", "unreachable", /599/],
    [204, "No Content", "bad-answer", /204/],
  ])("%i %s: %s", async (code, reason, failureCode, message) => {
    const server = await answering(status(code, reason));
    const failure = await failureOf(connect(server.url).version());
    expect(failure).toMatchObject({ code: failureCode, status: code, call: "/version" });
    expect(failure.message).toMatch(message);
  });

  test("the node of the path could not be reached, by name, for 595 to 599", async () => {
    const server = await answering(status(596, "Connection timed out"));
    const failure = await failureOf(connect(server.url).nodeReplication("pve2"));
    expect(failure).toMatchObject({ code: "unreachable", status: 596, call: "/nodes/pve2/replication" });
    expect(failure.message).toContain("Node pve2 could not be reached by the node that answered");
  });

  test("what the body says, since 8.4, in one line and with refused parameters", async () => {
    const body = { data: null, message: "first\nsecond\n", errors: { guest: "invalid format" } };
    const server = await answering(status(400, "Bad Request", JSON.stringify(body)));
    const failure = await failureOf(connect(server.url).version());
    expect(failure.message).toBe("Proxmox failed (400 first second guest: invalid format)");
  });

  test("a text of reasonable length, whatever is sent", async () => {
    const body = JSON.stringify({ data: null, message: "x".repeat(100_000) });
    const server = await answering(status(500, "oops", body));
    expect((await failureOf(connect(server.url).version())).message.length).toBeLessThan(400);
  });

  test.each([301, 308])("for %i that the address is wrong; nothing is followed", async (code) => {
    const elsewhere = await answering(good);
    const server = await answering((response) =>
      response.writeHead(code, { location: `${elsewhere.url}/api2/json/version` }).end(),
    );
    const failure = await failureOf(connect(server.url).version());
    expect(failure).toMatchObject({ code: "bad-answer", status: code });
    expect(failure.message).toContain(`redirects to ${elsewhere.url}/api2/json/version`);
    expect(elsewhere.requests).toEqual([]);
  });
});

describe("a 200 is no answer when", () => {
  test.each([
    ["it is not JSON", "<html>login</html>", /not JSON: it begins with <html>/],
    ["it is empty", "", /not JSON: it is empty/],
    ["it has no data", '{"result":[]}', /has no "data"/],
    ["it is a list", "[]", /has no "data"/],
    ["data is null", '{"data":null}', /null instead of an object/],
    ["data is of another kind", '{"data":[]}', /a list instead of an object/],
    ["it breaks off", '{"data":{"version":', /not JSON/],
    ["it is nested without end", `{"data":${"[".repeat(10_000)}${"]".repeat(10_000)}}`, /64 levels/],
  ])("%s", async (_why, body, message) => {
    const server = await answering((response) => response.end(body));
    const failure = await failureOf(connect(server.url, { maxRetries: 3 }).version());
    expect(failure).toMatchObject({ code: "bad-answer", status: 200 });
    expect(failure.message).toMatch(message);
    expect(server.requests).toHaveLength(1);
  });

  test("it is larger than the limit", async () => {
    let sent = 0;
    const server = await answering((response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, "x"))) sent += 65_536;
      };
      response.on("drain", more);
      more();
    });
    const failure = await failureOf(connect(server.url, { maxBodyBytes: 1_000_000 }).version());
    expect(failure).toMatchObject({ code: "bad-answer", message: expect.stringContaining("1000000 bytes") });
    expect(sent).toBeLessThan(64_000_000);
    await eventually(() => server.open === 0);
  });

  test("it is small, but only as long as it is compressed", async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000, " "));
    expect(bomb.length).toBeLessThan(100_000);
    const server = await answering((response) => response.setHeader("content-encoding", "gzip").end(bomb));
    const failure = await failureOf(connect(server.url, { maxBodyBytes: 1_000_000 }).version());
    expect(failure).toMatchObject({ code: "bad-answer", message: expect.stringContaining("1000000 bytes") });
  });

  test("it claims to be compressed and is not", async () => {
    const server = await answering((response) => response.setHeader("content-encoding", "gzip").end(version));
    expect(await failureOf(connect(server.url).version())).toMatchObject({ code: "bad-answer" });
  });

  test("it does not speak HTTP", async () => {
    const server = track(await serveTcp((socket) => socket.end("SSH-2.0-OpenSSH_9.2\r\n")));
    expect(await failureOf(connect(server.url).version())).toMatchObject({ code: "bad-answer" });
  });

  test("compressed answers are read otherwise", async () => {
    const server = await answering((response, request) => {
      expect(request.headers["accept-encoding"]).toBe("gzip");
      response.setHeader("content-encoding", "gzip").end(gzipSync(version));
    });
    expect(await connect(server.url).version()).toMatchObject({ release: "8.4" });
  });
});

describe("retries", () => {
  const patient = { maxRetries: 3 };

  test.each<[string, Answer]>([
    ["a reset", reset],
    ["a 595", status(595, "Connection refused")],
    [
      "a reset in the middle of the body",
      (response) => response.write("{", () => response.socket?.resetAndDestroy()),
    ],
    [
      "a body cut short",
      (response) => {
        response.setHeader("content-length", 1000);
        response.write("{", () => response.socket?.end());
      },
    ],
  ])("help after %s", async (_what, trouble) => {
    const server = await answering(trouble, trouble, good);
    expect(await connect(server.url, patient).version()).toMatchObject({ release: "8.4" });
    expect(server.requests).toHaveLength(3);
  });

  test("help after a refused connection, and end after the last", async () => {
    const server = await serve(() => undefined);
    await server.close();
    const failure = await failureOf(connect(server.url, patient).version());
    expect(failure).toMatchObject({ code: "unreachable", status: undefined });
    expect(failure.message).toMatch(/^127\.0\.0\.1:\d+ refused the connection/);
  });

  test("count: a first try and maxRetries more", async () => {
    const server = await answering(reset);
    await failureOf(connect(server.url, patient).version());
    expect(server.requests).toHaveLength(4);
  });

  test.each([400, 401, 403, 500, 501, 404])("do not follow a %i", async (code) => {
    const server = await answering(status(code, "no"));
    await failureOf(connect(server.url, patient).version());
    expect(server.requests).toHaveLength(1);
  });

  test("a time-out covers the whole answer, and is tried again", async () => {
    const server = await answering((response) => response.write('{"data":'), good);
    const client = connect(server.url, { maxRetries: 1, timeoutMs: 150 });
    expect(await client.version()).toMatchObject({ release: "8.4" });
    const silent = await answering(() => undefined);
    const failure = await failureOf(connect(silent.url, { timeoutMs: 50 }).version());
    expect(failure).toMatchObject({ code: "unreachable", message: expect.stringContaining("limit 50 ms") });
  });

  test("are not needed when a kept connection ended: one more try is free", async () => {
    const server = await answering(good, reset, good);
    const client = connect(server.url);
    await client.version();
    expect(await client.version()).toMatchObject({ release: "8.4" });
    expect(server.requests).toHaveLength(3);
  });

  test("of that kind happen once", async () => {
    const server = await answering(good, reset, reset);
    const client = connect(server.url);
    await client.version();
    expect(await failureOf(client.version())).toMatchObject({ code: "unreachable" });
    expect(server.requests).toHaveLength(3);
  });
});

describe("an abort", () => {
  const reason = new Error("cancelled by an operator");

  test("before the call keeps everything from being sent", async () => {
    const server = await answering(good);
    await expect(connect(server.url).version({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(server.connections).toBe(0);
  });

  test("ends a call that waits for its answer", async () => {
    const controller = new AbortController();
    const server = await answering(() => controller.abort(reason));
    await expect(connect(server.url).version({ signal: controller.signal })).rejects.toBe(reason);
    await eventually(() => server.open === 0);
  });

  test("ends a pause between retries", async () => {
    const controller = new AbortController();
    const server = await answering((response) => {
      reset(response, response.req);
      setImmediate(() => controller.abort(reason));
    });
    const client = connect(server.url, { maxRetries: 5, retryBackoffMs: 60_000 });
    await expect(client.version({ signal: controller.signal })).rejects.toBe(reason);
  });

  test("ends a call that waits for its turn, and the next one still comes", async () => {
    const waiting: ServerResponse[] = [];
    const server = await answering((response) => waiting.push(response));
    const client = connect(server.url);
    const first = Array.from({ length: 4 }, () => client.version());
    await eventually(() => waiting.length === 4);
    const controller = new AbortController();
    const cancelled = client.version({ signal: controller.signal });
    const next = client.version();
    controller.abort(reason);
    await expect(cancelled).rejects.toBe(reason);
    for (const response of waiting.splice(0)) response.end(version);
    await Promise.all(first);
    await eventually(() => waiting.length === 1);
    waiting[0]?.end(version);
    await next;
    expect(server.connections).toBeLessThanOrEqual(4);
  });

  test("that comes late does no harm, and calls leave no listener on the signal", async () => {
    const controller = new AbortController();
    const server = await answering(good);
    const client = connect(server.url);
    for (let i = 0; i < 20; i += 1) await client.version({ signal: controller.signal });
    controller.abort(reason);
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
    await expect(client.version({ signal: controller.signal })).rejects.toBe(reason);
  });
});

describe("close", () => {
  test("ends idle connections", async () => {
    const server = await answering(good);
    const client = connect(server.url);
    await client.version();
    expect(server.open).toBe(1);
    client.close();
    client.close();
    await eventually(() => server.open === 0);
  });

  test("ends calls under way without retrying them, and refuses new ones", async () => {
    const server = await answering(() => client.close());
    const client = connect(server.url, { maxRetries: 3 });
    expect(await failureOf(client.version())).toMatchObject({ code: "unreachable", call: "/version" });
    expect(await failureOf(client.nodes())).toMatchObject({ code: "unreachable", call: "/nodes" });
    expect(server.requests).toHaveLength(1);
  });
});

describe("names", () => {
  test("are looked up, and every address is tried", async () => {
    const server = await answering(good);
    const client = connect(server.url.replace("127.0.0.1", "localhost"));
    expect(await client.version()).toMatchObject({ release: "8.4" });
    await server.close();
    const failure = await failureOf(client.version());
    expect(failure).toMatchObject({ code: "unreachable", message: expect.stringContaining("localhost:") });
    expect(failure.cause).toMatchObject({ message: expect.stringMatching(/ECONN/) });
  });

  test("that nobody knows are unreachable", async () => {
    const failure = await failureOf(connect("http://pve1.invalid:8006").version());
    expect(failure).toMatchObject({
      code: "unreachable",
      message: expect.stringContaining("pve1.invalid:8006"),
    });
  });
});

describe("link-local and metadata addresses", () => {
  test.each([
    "http://169.254.169.254",
    "http://2852039166",
    "http://[fe80::1]:8006",
    "http://[fd00:ec2::254]",
    "http://[::ffff:169.254.169.254]",
  ])("are never contacted: %s", async (baseUrl) => {
    const failure = await failureOf(connect(baseUrl, { maxRetries: 5, retryBackoffMs: 60_000 }).version());
    expect(failure.code).toBe("unreachable");
    expect(failure.message).toMatch(/link-local or cloud metadata address, which is never contacted/);
  });

  const resolveTo = (...addresses: string[]) =>
    lookupAllowed((_host, _options, callback) =>
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
      ),
    );

  test("are left out of what a name resolves to", () => {
    const all: unknown[] = [];
    resolveTo(
      "fe80::1%eth0",
      "192.0.2.7",
      "169.254.1.1",
      "::1",
    )("pve1", { all: true }, (_error, found) => all.push(found));
    expect(all).toEqual([
      [
        { address: "192.0.2.7", family: 4 },
        { address: "::1", family: 6 },
      ],
    ]);
    resolveTo("169.254.1.1", "10.0.0.1")("pve1", {}, (...found) => all.push(found));
    expect(all[1]).toEqual([null, "10.0.0.1", 4]);
  });

  test("make the lookup fail where a name has no other", () => {
    let failed: unknown;
    resolveTo("169.254.169.254")("metadata.example", { all: true }, (error) => (failed = error));
    expect(failed).toMatchObject({ kind: "blocked-address" });
  });
});

describe("secrets", () => {
  const everything = (error: unknown) =>
    `${inspect(error, { depth: 20, showHidden: true })}${JSON.stringify(error)}`;

  test.each<[string, Answer]>([
    ["a reset", reset],
    ["no answer", () => undefined],
    [
      "an echo in the status line",
      (response, request) => status(500, String(request.headers.authorization))(response, request),
    ],
    [
      "an echo in the message",
      (response, request) =>
        status(
          403,
          "no",
          JSON.stringify({ message: `${"x".repeat(270)}${String(request.headers.authorization)}` }),
        )(response, request),
    ],
    ["an echo as body", (response, request) => response.end(request.headers.authorization)],
    [
      "an echo as redirect",
      (response, request) =>
        response.writeHead(301, { location: `/x/${String(request.headers.authorization)}` }).end(),
    ],
    [
      "an echo as value",
      (response) => response.end(JSON.stringify({ data: { version: { [SECRET]: SECRET } } })),
    ],
  ])("are in no part of the error after %s", async (_what, answer) => {
    const server = await answering(answer);
    const failure = await failureOf(connect(server.url, { timeoutMs: 300 }).version());
    expect(everything(failure)).not.toContain(SECRET.slice(0, 13));
  });

  test("the cause keeps what helps: name, message and code", async () => {
    const server = await answering(reset);
    const { cause } = await failureOf(connect(server.url).version());
    expect(cause).toMatchObject({ code: "ECONNRESET", message: expect.stringMatching(/\S/) });
  });
});
