import { afterEach, describe, expect, test } from "@jest/globals";
import { buildWorld, DEFAULT_TOKEN, startSimulator } from "@proxbox/pve-simulator";
import type { ProxmoxConnection } from "../src/index.ts";
import { makeSelfSignedCertificate } from "./self-signed-certificate.ts";
import { clientOf, eventually, failureOf, SECRET, serve, serveTcp, serveTls } from "./servers.ts";

const pinned = makeSelfSignedCertificate("pve1.example.com");
const other = makeSelfSignedCertificate("somebody else");
const version = JSON.stringify({ data: { version: "8.4.14", release: "8.4", repoid: "0123456789abcdef" } });

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});
function track<T extends { close(): unknown }>(resource: T): T {
  cleanups.push(() => resource.close());
  return resource;
}
const pinnedClient = (url: string, sha256 = pinned.fingerprint) =>
  track(clientOf(url, { tls: { mode: "fingerprint", sha256 } }));

describe("a pinned fingerprint", () => {
  test.each([
    ["as openssl prints it", pinned.fingerprint],
    ["in lower case without colons", pinned.fingerprint.replaceAll(":", "").toLowerCase()],
  ])("accepts a self-signed certificate, %s", async (_how, sha256) => {
    const server = track(await serve((_request, response) => response.end(version), pinned));
    expect(await pinnedClient(server.url, sha256).version()).toMatchObject({ version: "8.4.14" });
  });

  test("refuses another certificate before one byte of the request is sent", async () => {
    const received: Buffer[] = [];
    const server = track(
      await serveTls(other, (socket) => socket.on("data", (chunk: Buffer) => received.push(chunk))),
    );
    const failure = await failureOf(pinnedClient(server.url).version());
    await eventually(() => server.connections === 1 && server.open === 0);
    expect(Buffer.concat(received).toString()).toBe("");
    expect(failure).toMatchObject({ code: "tls", call: "/version" });
    expect(failure.message).toContain("subject CN=somebody else, issuer CN=somebody else");
    expect(failure.message).toContain("valid until Dec 31 23:59:59 2049 GMT");
    expect(failure.message).toContain(other.fingerprint);
    expect(failure.message).toContain("set the TLS fingerprint");
  });

  test("reuses a checked connection, and checks the next one with a full handshake", async () => {
    const server = await serve((_request, response) => response.end(version), pinned);
    const client = pinnedClient(server.url);
    await client.version();
    await client.version();
    expect(server.connections).toBe(1);
    await server.close();

    const received: Buffer[] = [];
    const resumed: boolean[] = [];
    const impostor = track(
      await serveTls(
        other,
        (socket) => {
          resumed.push(socket.isSessionReused());
          socket.on("data", (chunk: Buffer) => received.push(chunk));
        },
        server.port,
      ),
    );
    expect(await failureOf(client.version())).toMatchObject({ code: "tls" });
    expect(await failureOf(client.version())).toMatchObject({ code: "tls" });
    expect(impostor.connections).toBe(2);
    expect(resumed).not.toContain(true);
    expect(Buffer.concat(received).toString()).toBe("");
  });

  test("does not resume TLS sessions of the right server either", async () => {
    const resumed: boolean[] = [];
    const server = track(
      await serve((request, response) => {
        resumed.push(
          "isSessionReused" in request.socket &&
            (request.socket as never as { isSessionReused(): boolean }).isSessionReused(),
        );
        response.setHeader("connection", "close").end(version);
      }, pinned),
    );
    const client = pinnedClient(server.url);
    for (let i = 0; i < 3; i += 1) await client.version();
    expect(server.connections).toBe(3);
    expect(resumed).toEqual([false, false, false]);
  });
});

describe("certificate authorities", () => {
  const world = buildWorld({ flavour: "8.4" });
  const credentials = { kind: "token", tokenId: DEFAULT_TOKEN.id, secret: DEFAULT_TOKEN.secret } as const;
  const connect = (url: string, tls: ProxmoxConnection["tls"]) => track(clientOf(url, { credentials, tls }));

  test("those of the system do not know a cluster's own", async () => {
    const simulator = track(await startSimulator(world, { tls: true }));
    const failure = await failureOf(connect(simulator.url, { mode: "system" }).version());
    expect(failure.code).toBe("tls");
    expect(failure.message).toContain("its issuer is not a known CA");
    expect(failure.message).toContain("issuer CN=Proxmox Virtual Environment");
    expect(failure.message).toContain(String(simulator.fingerprint256));
    expect(simulator.calls).toEqual([]);
  });

  test("one of a bundle is enough, and only the bundle counts", async () => {
    const simulator = track(await startSimulator(world, { tls: true }));
    const bundle = `# two\n${other.cert}\n${String(simulator.caPem)}`;
    expect(await connect(simulator.url, { mode: "ca", pem: bundle }).version()).toMatchObject({
      release: "8.4",
    });
    const failure = await failureOf(connect(simulator.url, { mode: "ca", pem: other.cert }).version());
    expect(failure.code).toBe("tls");
  });

  test("do not help an expired certificate", async () => {
    const simulator = track(await startSimulator(world, { tls: "expired" }));
    const failure = await failureOf(
      connect(simulator.url, { mode: "ca", pem: String(simulator.caPem) }).version(),
    );
    expect(failure).toMatchObject({ code: "tls", message: expect.stringMatching(/expired.*valid until/) });
  });

  test("do not help a certificate for another host", async () => {
    const simulator = track(await startSimulator(world, { tls: "wrong-host" }));
    const failure = await failureOf(
      connect(simulator.url, { mode: "ca", pem: String(simulator.caPem) }).version(),
    );
    expect(failure.message).toContain("it is for DNS:other.example.com, not for this host");
    const { calls } = simulator;
    expect(calls).toEqual([]);
    const trusting = connect(simulator.url, {
      mode: "fingerprint",
      sha256: String(simulator.fingerprint256),
    });
    expect(await trusting.version()).toMatchObject({ release: "8.4" });
  });

  test("are not asked when the connection is insecure by choice", async () => {
    const simulator = track(await startSimulator(world, { tls: "expired" }));
    expect(await connect(simulator.url, { mode: "insecure" }).version()).toMatchObject({ release: "8.4" });
  });
});

describe("what does not speak TLS as expected", () => {
  test("a plain HTTP server behind https:// is a TLS failure with advice", async () => {
    const server = track(await serve((_request, response) => response.end(version)));
    const client = track(clientOf(server.url.replace("http:", "https:"), { maxRetries: 3 }));
    const failure = await failureOf(client.version());
    expect(failure).toMatchObject({ code: "tls", message: expect.stringContaining("is the port right") });
    expect(server.connections).toBe(1);
  });

  test("a server that accepts and says nothing is unreachable after the time limit", async () => {
    const server = track(await serveTcp(() => undefined));
    const client = track(clientOf(server.url.replace("http:", "https:"), { timeoutMs: 100 }));
    expect(await failureOf(client.version())).toMatchObject({ code: "unreachable" });
  });

  test("giving up and closing while connecting leaves nothing behind", async () => {
    let sockets = 0;
    let closed = 0;
    const server = track(
      await serveTcp((socket) => {
        sockets += 1;
        socket.resume().once("close", () => (closed += 1));
      }),
    );
    const client = clientOf(server.url.replace("http:", "https:"));
    const controller = new AbortController();
    const call = client.version({ signal: controller.signal });
    await eventually(() => sockets === 1);
    controller.abort(new Error("enough"));
    await expect(call).rejects.toThrow("enough");
    client.close();
    await eventually(() => closed === 1);
  });
});

test.each<[string, Partial<ProxmoxConnection>, string]>([
  ["an odd fingerprint", { tls: { mode: "fingerprint", sha256: "ab:cd" } }, "tls"],
  ["a CA that is no PEM", { tls: { mode: "ca", pem: SECRET } }, "tls"],
  [
    "a CA that is broken PEM",
    { tls: { mode: "ca", pem: `-----BEGIN CERTIFICATE-----\n${SECRET}\n-----END CERTIFICATE-----` } },
    "tls",
  ],
  ["an address that is none", { baseUrl: "pve1:8006" }, "unreachable"],
  ["an address with a password", { baseUrl: `https://root:${SECRET}@pve1:8006` }, "unreachable"],
  [
    "a token id without name",
    { credentials: { kind: "token", tokenId: "root@pam", secret: SECRET } },
    "unauthorized",
  ],
  [
    "a secret with a line break",
    { credentials: { kind: "token", tokenId: "a@pve!bc", secret: `${SECRET}\n` } },
    "unauthorized",
  ],
  [
    "an empty password",
    { credentials: { kind: "password", username: SECRET, password: "" } },
    "unauthorized",
  ],
])("%s fails every call, without naming what may be secret", async (_what, changes, code) => {
  const client = track(clientOf("https://127.0.0.1:1", changes));
  const failure = await failureOf(client.version());
  expect(failure).toMatchObject({ code, call: "/version" });
  expect(failure.message).not.toContain(SECRET);
});
