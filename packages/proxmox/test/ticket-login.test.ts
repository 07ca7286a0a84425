import { afterEach, describe, expect, test } from "@jest/globals";
import { buildWorld, DEFAULT_TOKEN, startSimulator, type Simulator } from "@proxbox/pve-simulator";
import type { ProxmoxClient } from "../src/index.ts";
import { createTicketSession } from "../src/session.ts";
import { clientOf, eventually, failureOf, serve } from "./servers.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});
function track<T extends { close(): unknown }>(resource: T): T {
  cleanups.push(() => resource.close());
  return resource;
}

const credentials = {
  kind: "password",
  username: DEFAULT_TOKEN.userid,
  password: DEFAULT_TOKEN.password,
} as const;
const MINUTE = 60_000;
const noSignal = new AbortController().signal;
const logins = (simulator: Simulator) =>
  simulator.calls.filter(({ path }) => path === "/access/ticket").length;

describe("a client with user name and password", () => {
  async function simulated(): Promise<{ simulator: Simulator; client: ProxmoxClient }> {
    const simulator = track(await startSimulator(buildWorld({ flavour: "8.4" })));
    return { simulator, client: track(clientOf(simulator.url, { credentials })) };
  }

  test("logs in once for many calls, even when they start together", async () => {
    const { simulator, client } = await simulated();
    await Promise.all([client.version(), client.nodes(), client.guests(), client.storage()]);
    await client.replications();
    expect(logins(simulator)).toBe(1);
    expect(simulator.violations()).toEqual([]);
  });

  test("logs in again when the ticket is refused, once", async () => {
    const { simulator, client } = await simulated();
    await client.version();
    simulator.world.ticketKey = "another cluster's";
    expect(await client.version()).toMatchObject({ release: "8.4" });
    expect(logins(simulator)).toBe(2);
    simulator.faults.add({ method: "GET", fault: { kind: "status", status: 401 } });
    simulator.forgetCalls();
    const failure = await failureOf(client.version());
    expect(failure).toMatchObject({ code: "unauthorized", status: 401, call: "/version" });
    expect(failure.message).toContain(`the user ${DEFAULT_TOKEN.userid}`);
    expect(simulator.calls.map(({ path }) => path)).toEqual(["/version", "/access/ticket", "/version"]);
  });

  test("says that the login is refused, without a retry and without the password", async () => {
    const { simulator } = await simulated();
    const wrong = { ...credentials, password: "correct horse" };
    const client = track(clientOf(simulator.url, { credentials: wrong, maxRetries: 3 }));
    const failure = await failureOf(client.version());
    expect(failure).toMatchObject({ code: "unauthorized", status: 401, call: "/access/ticket" });
    expect(failure.message).not.toContain("correct horse");
    expect(logins(simulator)).toBe(1);
  });

  test("tells users with a second factor to use a token", async () => {
    const { simulator, client } = await simulated();
    const user = simulator.world.users.get(DEFAULT_TOKEN.userid);
    if (user !== undefined) user.secondFactor = { totp: "123456", recovery: [] };
    const failure = await failureOf(client.version());
    expect(failure).toMatchObject({ code: "unauthorized", call: "/access/ticket" });
    expect(failure.message).toContain("make an API token");
    expect(failure.message).not.toContain("!tfa!");
  });

  test("sends a length, the ticket percent-encoded as cookie, and nothing else that authenticates", async () => {
    const seen: Record<string, unknown>[] = [];
    const server = track(
      await serve((request, response) => {
        seen.push({ method: request.method, ...request.headers });
        const data = request.method === "POST" ? { ticket: "PVE:u@pve:6B04::a/b+c==" } : { version: "8.4.1" };
        request.resume().once("end", () => response.end(JSON.stringify({ data })));
      }),
    );
    await track(clientOf(server.url, { credentials })).version();
    expect(seen).toMatchObject([
      { method: "POST", "content-type": "application/x-www-form-urlencoded", "content-length": "48" },
      { method: "GET", cookie: "PVEAuthCookie=PVE%3Au%40pve%3A6B04%3A%3Aa%2Fb%2Bc%3D%3D" },
    ]);
    expect(seen.map((headers) => headers["authorization"])).toEqual([undefined, undefined]);
    expect(seen[0]).not.toHaveProperty("transfer-encoding");
  });

  test("can be cancelled while logging in, which ends the login too", async () => {
    const { simulator, client } = await simulated();
    simulator.faults.add({ path: "/access/ticket", fault: { kind: "hang" }, times: 1 });
    const controller = new AbortController();
    const call = client.version({ signal: controller.signal });
    await eventually(() => logins(simulator) === 1);
    controller.abort(new Error("cancelled"));
    await expect(call).rejects.toThrow("cancelled");
    await eventually(() => simulator.calls[0]?.endedAt !== null);
    expect(await client.version()).toMatchObject({ release: "8.4" });
  });
});

describe("a ticket", () => {
  function sessionWith(login: (signal: AbortSignal) => Promise<string>) {
    const clock = { now: 0 };
    return { clock, session: createTicketSession(login, () => clock.now) };
  }

  test("is used for less than two hours", async () => {
    let made = 0;
    const { clock, session } = sessionWith(() => Promise.resolve(`ticket ${(made += 1)}`));
    const first = await session.headers(noSignal);
    clock.now = 80 * MINUTE;
    expect(await session.headers(noSignal)).toBe(first);
    clock.now = 115 * MINUTE;
    expect(await session.headers(noSignal)).toEqual({ cookie: "PVEAuthCookie=ticket%202" });
  });

  test("that one caller found refused is not thrown away again by another", async () => {
    let made = 0;
    const { session } = sessionWith(() => Promise.resolve(String((made += 1))));
    const old = await session.headers(noSignal);
    session.refused(old);
    const fresh = await session.headers(noSignal);
    session.refused(old);
    expect(await session.headers(noSignal)).toBe(fresh);
  });

  test("is still being waited for by one caller when another gives up", async () => {
    let finish: (ticket: string) => void = () => undefined;
    let loginSignal: AbortSignal | undefined;
    const { session } = sessionWith((signal) => {
      loginSignal = signal;
      return new Promise((resolve) => (finish = resolve));
    });
    const controller = new AbortController();
    const impatient = session.headers(controller.signal);
    const patient = session.headers(noSignal);
    controller.abort(new Error("enough"));
    await expect(impatient).rejects.toThrow("enough");
    expect(loginSignal?.aborted).toBe(false);
    finish("late");
    expect(await patient).toEqual({ cookie: "PVEAuthCookie=late" });
  });

  test("that could not be had is asked for again by the next call", async () => {
    let attempts = 0;
    const { session } = sessionWith(() => {
      attempts += 1;
      return attempts === 1 ? Promise.reject(new Error("no")) : Promise.resolve("yes");
    });
    await expect(session.headers(noSignal)).rejects.toThrow("no");
    expect(await session.headers(noSignal)).toEqual({ cookie: "PVEAuthCookie=yes" });
  });
});
