import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { hmacSecret } from "@proxbox/service";
import { type ApiFixture, createApiFixture, peppers, token } from "./api-fixture.ts";

const path = "/api/plugins/proxbox/replications/";

describe("authentication", () => {
  let api: ApiFixture;
  const detail = async (authorization: string): Promise<unknown> => {
    const { status, body, headers } = await api.call(path, { headers: { authorization } });
    expect({ status, challenge: headers.get("www-authenticate") }).toEqual({ status: 403, challenge: null });
    return body;
  };
  const status = async (authorization: string, call = {}): Promise<number> =>
    (await api.call(path, { ...call, headers: { authorization } })).status;

  /** A version 1 token with these columns; answers its text. */
  const issue = async (columns: Record<string, unknown> = {}, pepperId = 1): Promise<string> => {
    const secret = randomBytes(20).toString("hex");
    const { digest } = hmacSecret(peppers, secret, pepperId);
    const all = { user_id: 1, version: 1, secret_hash: digest, pepper_id: String(pepperId), ...columns };
    const names = Object.keys(all);
    await api.query(
      `insert into api_token (${names.join(", ")}) values (${names.map((_, index) => `$${index + 1}`).join(", ")})`,
      Object.values(all),
    );
    return secret;
  };

  beforeAll(async () => {
    api = await createApiFixture();
  });
  afterAll(async () => {
    await api.close();
  });

  test("the token's value decides its version, not the word before it", async () => {
    const secret = "S".repeat(40);
    await issue({ version: 2, key: "K".repeat(12), secret_hash: hmacSecret(peppers, secret, 1).digest });
    for (const word of ["Token", "Bearer", "bearer", "TOKEN"]) {
      expect(await status(`${word} ${token}`)).toBe(200);
      expect(await status(`${word} nbt_${"K".repeat(12)}.${secret}`)).toBe(200);
    }
  });

  test("a token of any known pepper is good", async () => {
    expect(await status(`Token ${await issue({}, 1)}`)).toBe(200);
    expect(await status(`Token ${await issue({}, 2)}`)).toBe(200);
  });

  test.each([
    ["", "Authentication credentials were not provided."],
    ["Basic YTpi", "Authentication credentials were not provided."],
    ["Token", 'Invalid authorization header: Must be in the form "Bearer <key>.<token>" or "Token <token>"'],
    [
      "Token a b",
      'Invalid authorization header: Must be in the form "Bearer <key>.<token>" or "Token <token>"',
    ],
    ["Token caf\u00e9", "Invalid authorization header: Token contains invalid characters"],
    [
      "Bearer nbt_nodot",
      "Invalid authorization header: Could not parse key from v2 token. Did you mean to use 'Token' instead of 'Bearer'?",
    ],
    ["Token unknown", "Invalid v1 token"],
    ["Bearer KEY.secret", "Invalid v1 token"],
    ["Bearer nbt_unknown.secret", "Invalid v2 token"],
    [`Bearer nbt_${"K".repeat(12)}.wrong`, "Invalid v2 token"],
  ])("%j is 403", async (authorization, expected) => {
    expect(await detail(authorization)).toEqual({ detail: expected });
  });

  test("address, enabled, expiry and user are looked at in this order", async () => {
    const past = "2020-01-01T00:00:00Z";
    const [inactive] = await api.query(
      "insert into user_account (username, is_active, is_superuser) values ('gone', false, true) returning id",
    );
    const bad = { user_id: inactive?.["id"], enabled: false, expires: past, allowed_ips: '["192.0.2.0/24"]' };
    expect(await detail(`Token ${await issue(bad)}`)).toEqual({
      detail: "Source IP 127.0.0.1 is not permitted to authenticate using this token.",
    });
    const here = { ...bad, allowed_ips: '["127.0.0.0/8", "::1/128"]' };
    expect(await detail(`Token ${await issue(here)}`)).toEqual({ detail: "Token disabled" });
    expect(await detail(`Token ${await issue({ ...here, enabled: true })}`)).toEqual({
      detail: "Token expired",
    });
    expect(await detail(`Token ${await issue({ ...here, enabled: true, expires: null })}`)).toEqual({
      detail: "User inactive",
    });
    expect(
      await status(`Token ${await issue({ allowed_ips: '["127.0.0.1"]', expires: "2100-01-01T00:00:00Z" })}`),
    ).toBe(200);
  });

  test("a read-only token reads", async () => {
    const authorization = `Token ${await issue({ write_enabled: false })}`;
    const endpoints = "/api/plugins/proxbox/endpoints/proxmox/";
    expect(await status(authorization)).toBe(200);
    expect(await status(authorization, { method: "OPTIONS" })).toBe(200);
    for (const call of [
      { path: endpoints, method: "POST" },
      { path: `${endpoints}1/`, method: "DELETE" },
      { path: "/api/plugins/proxbox/sync/full/", method: "POST" },
      { path: "/api/plugins/proxbox/jobs/1/cancel/", method: "POST" },
    ]) {
      const answer = await api.call(call.path, { method: call.method, body: {}, headers: { authorization } });
      expect({ call, status: answer.status, body: answer.body }).toEqual({
        call,
        status: 403,
        body: { detail: "You do not have permission to perform this action." },
      });
    }
    expect(api.requests).toEqual([]);
  });

  test("only superusers see data; everyone sees where it would be", async () => {
    const [user] = await api.query("insert into user_account (username) values ('plain') returning id");
    const authorization = `Token ${await issue({ user_id: user?.["id"] })}`;
    expect(await detail(authorization)).toEqual({
      detail: "You do not have permission to perform this action.",
    });
    const answer = await api.call(`${path}99/`, { headers: { authorization } });
    expect(answer.status).toBe(403);
    for (const open of ["/api/", "/api/status/", "/api/plugins/proxbox/"]) {
      expect({ open, status: (await api.call(open, { headers: { authorization } })).status }).toEqual({
        open,
        status: 200,
      });
    }
    const check = await api.call("/api/authentication-check/", { headers: { authorization } });
    expect(check).toMatchObject({
      status: 200,
      body: { username: "plain", display: "plain", is_active: true },
    });
  });

  test("nobody sees anything without a token", async () => {
    for (const closed of ["/api/", "/api/status/", "/api/authentication-check/", "/api/core/jobs/1/"]) {
      const answer = await api.call(closed, { headers: { authorization: "" } });
      expect({ closed, status: answer.status }).toEqual({ closed, status: 403 });
      expect(answer.headers.get("api-version")).toBe("4.6");
    }
  });

  test("the use of a token is noted at most once a minute", async () => {
    const secret = await issue({ description: "used" });
    const lastUsed = async () =>
      (await api.query("select last_used from api_token where description = 'used'"))[0];
    expect(await lastUsed()).toEqual({ last_used: null });
    await status(`Token ${secret}`);
    const first = await lastUsed();
    expect(first).not.toEqual({ last_used: null });
    await status(`Token ${secret}`);
    expect(await lastUsed()).toEqual(first);
  });

  test("bytes that are no UTF-8 are no token, and no body either", async () => {
    const send = (head: string, body: Buffer): Promise<string> =>
      new Promise((resolve, reject) => {
        const socket = connect(Number(new URL(api.origin).port), "127.0.0.1");
        let answer = "";
        socket.on("data", (data) => (answer += data.toString("latin1")));
        socket.on("close", () => resolve(answer));
        socket.on("error", reject);
        socket.write(
          Buffer.from(
            `${head}Host: x\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`,
            "latin1",
          ),
        );
        socket.write(body);
      });
    const bad = await send(`GET ${path} HTTP/1.1\r\nAuthorization: Token \xff\xfe\r\n`, Buffer.alloc(0));
    expect(bad).toMatch(/^HTTP\/1.1 403 /);
    const json = `Authorization: Token ${token}\r\nContent-Type: application/json\r\n`;
    const body = await send(
      `POST /api/plugins/proxbox/endpoints/proxmox/ HTTP/1.1\r\n${json}`,
      Buffer.from([0x22, 0xff, 0x22]),
    );
    expect(body).toMatch(/^HTTP\/1.1 400 /);
    expect(body).toContain("JSON parse error - ");
  });

  test("nothing of this was an error of ours", () => {
    expect(api.errors).toEqual([]);
  });
});
