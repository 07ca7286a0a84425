import { once } from "node:events";
import { request as plainRequest } from "node:http";
import { request } from "node:https";
import { connect } from "node:net";
import { TLSSocket } from "node:tls";
import { describe, expect, test } from "@jest/globals";
import { buildWorld } from "@proxbox/pve-simulator";
import { simulate, TOKEN_HEADER } from "./client.ts";
import type { Simulator } from "@proxbox/pve-simulator";
import type { IncomingMessage } from "node:http";

interface Seen {
  status: number;
  fingerprint: string;
  body: string;
}

async function getTrusting(simulator: Simulator, path: string, ca: string | undefined): Promise<Seen> {
  const outgoing = request(`${simulator.url}/api2/json${path}`, {
    agent: false,
    headers: { authorization: TOKEN_HEADER },
    ...(ca === undefined ? {} : { ca }),
  });
  outgoing.end();
  const [response] = (await once(outgoing, "response")) as [IncomingMessage];
  if (!(response.socket instanceof TLSSocket)) throw new Error("no TLS");
  const { fingerprint256 } = response.socket.getPeerCertificate();
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return {
    status: response.statusCode ?? 0,
    fingerprint: fingerprint256,
    body: Buffer.concat(chunks).toString("utf8"),
  };
}

describe("TLS", () => {
  test("a good certificate is signed by the CA that is handed out, and has the told fingerprint", async () => {
    const simulator = await simulate(buildWorld(), { tls: true });
    const seen = await getTrusting(simulator, "/nodes", simulator.caPem ?? "");
    expect(seen.status).toBe(200);
    expect(simulator.fingerprint256).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    expect(seen.fingerprint).toBe(simulator.fingerprint256);
    expect(seen.body).toContain(`"ssl_fingerprint":"${String(simulator.fingerprint256)}"`);
    await expect(getTrusting(simulator, "/version", undefined)).rejects.toMatchObject({
      code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    });
  });

  test.each([
    ["expired", "CERT_HAS_EXPIRED"],
    ["wrong-host", "ERR_TLS_CERT_ALTNAME_INVALID"],
  ] as const)("a certificate that is %s fails although its CA is trusted", async (kind, code) => {
    const simulator = await simulate(buildWorld(), { tls: kind });
    await expect(getTrusting(simulator, "/version", simulator.caPem ?? "")).rejects.toMatchObject({ code });
  });

  test("a self-signed certificate is trusted only by itself", async () => {
    const simulator = await simulate(buildWorld(), { tls: "self-signed" });
    await expect(getTrusting(simulator, "/version", undefined)).rejects.toMatchObject({
      code: "DEPTH_ZERO_SELF_SIGNED_CERT",
    });
    expect((await getTrusting(simulator, "/version", simulator.caPem ?? "")).status).toBe(200);
  });

  test.each([
    ["GET", 301],
    ["POST", 308],
  ] as const)("plain HTTP on the port is redirected, a %s with %i", async (method, status) => {
    const simulator = await simulate(buildWorld(), { tls: true });
    const outgoing = plainRequest(`http://127.0.0.1:${simulator.port}/api2/json/version`, {
      method,
      agent: false,
    });
    outgoing.end();
    const [response] = (await once(outgoing, "response")) as [IncomingMessage];
    response.resume();
    expect(response.statusCode).toBe(status);
    expect(response.headers.location).toBe(`${simulator.url}/api2/json/version`);
    expect(simulator.calls).toEqual([]);
  });

  test("plain HTTP on the port of 6.4 is cut off", async () => {
    const simulator = await simulate(buildWorld({ flavour: "6.4" }), { tls: true });
    const outgoing = plainRequest(`http://127.0.0.1:${simulator.port}/`, { agent: false });
    outgoing.end();
    const [error] = (await once(outgoing, "error")) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ECONNRESET");
  });

  test("connections that say nothing do not keep it from closing", async () => {
    const simulator = await simulate(buildWorld(), { tls: true });
    const silent = connect(simulator.port, "127.0.0.1");
    await once(silent, "connect");
    silent.on("error", () => silent.destroy());
    const closed = once(silent, "close");
    await simulator.close();
    await closed;
    expect(silent.destroyed).toBe(true);
  });

  test("a reset and a truncated body work over TLS too", async () => {
    const simulator = await simulate(buildWorld(), { tls: true });
    simulator.faults.add({ times: 1, fault: { kind: "reset" } });
    simulator.faults.add({ skip: 1, fault: { kind: "truncated-body" } });
    const ca = simulator.caPem ?? "";
    await expect(getTrusting(simulator, "/nodes", ca)).rejects.toThrow();
    await expect(getTrusting(simulator, "/nodes", ca)).rejects.toThrow("aborted");
  });
});
