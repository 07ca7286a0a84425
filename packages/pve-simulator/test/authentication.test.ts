import { describe, expect, test } from "@jest/globals";
import { buildWorld, DEFAULT_TOKEN, deleteToken } from "@proxbox/pve-simulator";
import { form, get, NOW, send, simulate, simulateNew, TOKEN_HEADER } from "./client.ts";
import type { Simulator } from "@proxbox/pve-simulator";
import type { Reply } from "./client.ts";

const { userid, password, id, secret } = DEFAULT_TOKEN;

function withToken(simulator: Simulator, authorization: string): Promise<Reply> {
  return send(simulator, "/version", { headers: { authorization } });
}

function logIn(simulator: Simulator, fields: Record<string, string>): Promise<Reply> {
  return send(simulator, "/access/ticket", form(fields));
}

interface Login {
  ticket: string;
  CSRFPreventionToken: string;
  NeedTFA?: number;
  cap?: unknown;
}

function loginOf(reply: Reply): Login {
  return (reply.json as { data: Login }).data;
}

function withTicket(simulator: Simulator, ticket: string, headers = {}): Promise<Reply> {
  return send(simulator, "/version", {
    headers: { cookie: `PVEAuthCookie=${encodeURIComponent(ticket)}`, ...headers },
  });
}

describe("API tokens", () => {
  test("are taken with an equals sign or a blank", async () => {
    const { simulator } = await simulateNew();
    expect((await withToken(simulator, `PVEAPIToken=${id}=${secret}`)).status).toBe(200);
    expect((await withToken(simulator, `PVEAPIToken ${id}=${secret}`)).status).toBe(200);
  });

  test("are refused without body and content type, and the connection closes", async () => {
    for (const flavour of ["6.4", "9.2"] as const) {
      const { simulator } = await simulateNew({ flavour });
      const reply = await withToken(simulator, `PVEAPIToken=${id}=wrong`);
      expect(reply.status).toBe(401);
      expect(reply.body).toBe("");
      expect(reply.headers["content-type"]).toBeUndefined();
      expect(reply.headers.connection).toBe("close");
    }
  });

  test("older versions say why, newer ones do not", async () => {
    const old = await simulateNew({ flavour: "7.4" });
    expect((await withToken(old.simulator, `PVEAPIToken=${id}=wrong`)).reason).toBe("invalid token value!");
    expect((await send(old.simulator, "/version")).reason).toBe("No ticket");
    old.world.tokens.set(id, { id, secret, privsep: true, expire: NOW - 1 });
    expect((await withToken(old.simulator, TOKEN_HEADER)).reason).toBe(`token '${id}' access expired`);
    const user = old.world.users.get(userid);
    if (user) user.enabled = false;
    expect((await withToken(old.simulator, TOKEN_HEADER)).reason).toBe(`user '${userid}' is disabled`);

    const recent = await simulateNew({ flavour: "9.2" });
    expect((await withToken(recent.simulator, `PVEAPIToken=${id}=wrong`)).reason).toBe(
      "Authentication failed!",
    );
    deleteToken(recent.world);
    expect((await withToken(recent.simulator, TOKEN_HEADER)).reason).toBe("Authentication failed!");
    expect((await send(recent.simulator, "/version")).reason).toBe("No ticket");
  });

  test("lose against a cookie, even a bad one", async () => {
    const { simulator } = await simulateNew();
    const reply = await withTicket(simulator, "PVE:nobody@pve:00000000::x", { authorization: TOKEN_HEADER });
    expect(reply.status).toBe(401);
  });

  test("cannot log in", async () => {
    const { simulator } = await simulateNew();
    const login = form({ username: userid, password });
    const reply = await send(simulator, "/access/ticket", {
      ...login,
      headers: { ...login.headers, authorization: TOKEN_HEADER },
    });
    expect(reply.status).toBe(403);
  });

  test("a refusal takes as long as it is told to", async () => {
    const simulator = await simulate(buildWorld(), { authDelayMs: 120 });
    const before = performance.now();
    expect((await send(simulator, "/version")).status).toBe(401);
    expect(performance.now() - before).toBeGreaterThanOrEqual(115);
  });
});

describe("login", () => {
  test("gives a ticket that opens every call, with the cluster's name", async () => {
    const { simulator } = await simulateNew();
    const reply = await logIn(simulator, { username: userid, password });
    expect(reply.json).toEqual({
      data: {
        username: userid,
        ticket: expect.stringMatching(/^PVE:proxbox@pve:[0-9A-F]{8}::/),
        CSRFPreventionToken: expect.stringMatching(/^[0-9A-F]{8}:/),
        clustername: "alpha",
        cap: expect.objectContaining({ vms: expect.objectContaining({ "VM.Audit": 1 }) }),
      },
    });
    expect((await withTicket(simulator, loginOf(reply).ticket)).status).toBe(200);
  });

  test("takes the realm apart, and JSON as well as a form", async () => {
    const { simulator } = await simulateNew({ clusterName: null });
    const apart = await logIn(simulator, { username: "proxbox", realm: "pve", password });
    expect(apart.status).toBe(200);
    expect(apart.json).not.toHaveProperty("data.clustername");
    const body = JSON.stringify({ username: userid, password });
    const reply = await send(simulator, "/access/ticket", {
      method: "POST",
      headers: { "content-type": "application/json", "content-length": body.length },
      body,
    });
    expect(reply.status).toBe(200);
  });

  test("refuses unknown users and wrong passwords alike, with a JSON body", async () => {
    const { simulator } = await simulateNew();
    for (const fields of [
      { username: userid, password: "wrong" },
      { username: "nobody@pve", password },
      { username: "proxbox@nowhere", password },
    ]) {
      const reply = await logIn(simulator, fields);
      expect([reply.status, reply.reason]).toEqual([401, "authentication failure"]);
      expect(reply.json).toEqual({ data: null, message: "authentication failure\n" });
    }
  });

  test("misses a parameter", async () => {
    const { simulator } = await simulateNew();
    const reply = await logIn(simulator, { username: userid });
    expect(reply.status).toBe(400);
    expect(reply.json).toMatchObject({ errors: { password: "property is missing and it is not optional" } });
  });

  test("a ticket lives two hours, can be renewed before, and dies with another cluster's key", async () => {
    let now = NOW;
    const simulator = await simulate(buildWorld(), { now: () => now });
    const first = loginOf(await logIn(simulator, { username: userid, password })).ticket;
    now += 7000;
    const renewed = loginOf(await logIn(simulator, { username: userid, password: first })).ticket;
    now += 300;
    expect((await withTicket(simulator, first)).status).toBe(401);
    expect((await withTicket(simulator, renewed)).status).toBe(200);
    expect((await logIn(simulator, { username: userid, password: first })).status).toBe(401);
    simulator.world = buildWorld({ seed: 2 });
    expect((await withTicket(simulator, renewed)).status).toBe(401);
  });

  test("writes with a ticket need its CSRF token", async () => {
    const { simulator } = await simulateNew();
    const { ticket, CSRFPreventionToken: csrf } = loginOf(
      await logIn(simulator, { username: userid, password }),
    );
    const write = (csrfpreventiontoken: string) =>
      send(simulator, "/cluster/replication/100-0", {
        method: "DELETE",
        headers: { cookie: `PVEAuthCookie=${encodeURIComponent(ticket)}`, csrfpreventiontoken },
      });
    expect((await write(csrf)).status).toBe(403);
    expect((await write("wrong")).status).toBe(401);
  });
});

describe("the second factor", () => {
  async function worldWithFactor(flavour: "6.4" | "9.2") {
    const { world, simulator } = await simulateNew({ flavour });
    const user = world.users.get(userid);
    if (user) user.secondFactor = { totp: "123456", recovery: ["aaaa", "bbbb"] };
    return { world, simulator };
  }

  test("is asked for in a second step, and its ticket opens nothing else", async () => {
    const { simulator } = await worldWithFactor("9.2");
    const first = loginOf(await logIn(simulator, { username: userid, password }));
    expect(first.NeedTFA).toBe(1);
    expect(first.cap).toBeUndefined();
    const [, offer = ""] = /!tfa!([^:]*):/.exec(first.ticket) ?? [];
    expect(JSON.parse(decodeURIComponent(offer))).toEqual({ totp: true, recovery: [0, 1] });
    expect((await withTicket(simulator, first.ticket)).status).toBe(401);

    const step = { username: userid, "tfa-challenge": first.ticket };
    expect((await logIn(simulator, { ...step, password: "totp:000000" })).status).toBe(401);
    expect((await logIn(simulator, { ...step, username: "other@pve", password: "totp:123456" })).status).toBe(
      401,
    );
    const second = loginOf(await logIn(simulator, { ...step, password: "totp:123456" }));
    expect(second.NeedTFA).toBeUndefined();
    expect((await withTicket(simulator, second.ticket)).status).toBe(200);
  });

  test("a recovery code works once", async () => {
    const { simulator } = await worldWithFactor("9.2");
    const { ticket } = loginOf(await logIn(simulator, { username: userid, password }));
    const step = { username: userid, "tfa-challenge": ticket, password: "recovery:bbbb" };
    expect((await logIn(simulator, step)).status).toBe(200);
    expect((await logIn(simulator, step)).status).toBe(401);
  });

  test("tokens do not meet it", async () => {
    const { simulator } = await worldWithFactor("9.2");
    expect((await get(simulator, "/version")).status).toBe(200);
  });
});
