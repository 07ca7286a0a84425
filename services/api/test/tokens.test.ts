import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { type Answer, type ApiFixture, createApiFixture, idsOf } from "./api-fixture.ts";
import { createCaller } from "./caller-fixture.ts";

const path = "/api/users/tokens/";
const provisioning = `${path}provision/`;
const issued = z.looseObject({
  id: z.number(),
  version: z.number(),
  key: z.string().nullable(),
  display: z.string(),
  token: z.string(),
});

describe("tokens", () => {
  let api: ApiFixture;
  const post = (body: unknown): Promise<Answer> => api.call(path, { method: "POST", body });
  const provision = (body: unknown): Promise<Answer> =>
    api.call(provisioning, { method: "POST", body, headers: { authorization: "" } });
  const opens = async (authorization: string): Promise<number> =>
    (await api.call("/api/core/jobs/", { headers: { authorization } })).status;

  beforeAll(async () => {
    api = await createApiFixture();
  });
  afterAll(async () => {
    await api.close();
  });

  test("a version 2 token shows its secret once, and opens the API", async () => {
    const { status, body, headers } = await post({ user: 1, description: "mine" });
    const token = issued.parse(body);
    expect(status).toBe(201);
    expect(Object.keys(body ?? {}).join(" ")).toBe(
      "id url display_url display version key user description created expires last_used enabled write_enabled " +
        "pepper_id allowed_ips token",
    );
    expect(token).toMatchObject({
      version: 2,
      display: token.key,
      user: { id: 1, url: `${api.origin}/api/users/users/1/`, display: "admin", username: "admin" },
      description: "mine",
      expires: null,
      last_used: null,
      enabled: true,
      write_enabled: true,
      pepper_id: 2,
      allowed_ips: [],
    });
    expect(token.key).toMatch(/^[A-Za-z0-9]{12}$/);
    expect(token.token).toMatch(/^[A-Za-z0-9]{40}$/);
    expect(headers.get("location")).toBe(`${api.origin}${path}${token.id}/`);
    expect(await opens(`Bearer nbt_${String(token.key)}.${token.token}`)).toBe(200);
    const again = await api.call(`${path}${token.id}/`);
    expect(again.body).toMatchObject({ id: token.id, key: token.key, token: null });
    const stored = await api.query("select row_to_json(t)::text as row from api_token t");
    expect(JSON.stringify(stored)).not.toContain(token.token);
    expect(JSON.stringify(await api.query("select * from object_change"))).not.toContain(token.token);
  });

  test("a version 1 token is known by its last characters", async () => {
    const plaintext = "b".repeat(34) + "tail42";
    const { body } = await post({ user: { username: "admin" }, version: 1, token: plaintext });
    expect(body).toMatchObject({
      version: 1,
      key: null,
      display: `${"*".repeat(34)}tail42`,
      pepper_id: null,
      token: plaintext,
    });
    expect(await opens(`Token ${plaintext}`)).toBe(200);
    const generated = issued.parse((await post({ user: 1, version: 1 })).body);
    expect(await opens(`Token ${generated.token}`)).toBe(200);
    expect(await post({ user: 1, version: 1, token: plaintext })).toMatchObject({
      status: 400,
      body: { plaintext: ["Token with this Plaintext already exists."] },
    });
  });

  test.each([
    [{}, { user: ["This field is required."] }],
    [
      { user: 1, version: 1, token: "short" },
      { plaintext: ["Ensure this value has at least 40 characters (it has 5)."] },
    ],
    [{ user: 1, version: 3 }, { version: ['"3" is not a valid choice.'] }],
    [
      { user: 1, allowed_ips: ["10.0.0.0/8", "10.0.0.0/33", "host"] },
      { allowed_ips: { "1": ['Invalid IP network: "10.0.0.0/33"'], "2": ['Invalid IP network: "host"'] } },
    ],
    [
      { user: 1, allowed_ips: "10.0.0.0/8" },
      { allowed_ips: ['Expected a list of items but got type "str".'] },
    ],
    [
      { user: 1, expires: "tomorrow" },
      {
        expires: [
          "Datetime has wrong format. Use one of these formats instead: " +
            "YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z].",
        ],
      },
    ],
    [{ user: 99 }, { user: ["Related object not found using the provided numeric ID: 99"] }],
  ])("%j is 400", async (body, expected) => {
    expect(await post(body)).toMatchObject({ status: 400, body: expected });
  });

  test("no token begins with an expiry that has passed, but it may get one", async () => {
    const past = "2020-01-01T00:00:00Z";
    const refused = await post({ user: 1, expires: past });
    expect(refused.status).toBe(400);
    expect(refused.text).toMatch(
      /^\{"expires":\["Expiration time must be in the future\. Current server time is \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \(UTC\)\."\]\}$/,
    );
    const { id, key, token } = issued.parse((await post({ user: 1, expires: "2100-01-01" })).body);
    const own = `${path}${id}/`;
    const patched = await api.call(own, {
      method: "PATCH",
      body: { expires: past, version: 1, token: "x", user: 99 },
    });
    expect(patched).toMatchObject({ status: 400 });
    const body = { expires: past, version: 1, token: "x" };
    expect(await api.call(own, { method: "PATCH", body })).toMatchObject({
      status: 200,
      body: { expires: past, version: 2, key, token: null },
    });
    const answer = await api.call("/api/", {
      headers: { authorization: `Bearer nbt_${String(key)}.${token}` },
    });
    expect(answer).toMatchObject({ status: 403, body: { detail: "Token expired" } });
  });

  test("an address alone is a network", async () => {
    const { body } = await post({ user: 1, allowed_ips: ["192.0.2.1", "2001:db8::/32"] });
    expect(body).toMatchObject({ allowed_ips: ["192.0.2.1/32", "2001:db8::/32"] });
  });

  test("everybody manages tokens of his own, and sees no other", async () => {
    const caller = await createCaller(api, "ann");
    const list = await caller.call(path);
    expect(list.body).toMatchObject({ count: 1, results: [{ user: { username: "ann" }, token: null }] });
    const created = await caller.call(path, { method: "POST", body: { user: caller.id } });
    expect(created.status).toBe(201);
    const { id } = issued.parse(created.body);
    const disabled = await caller.call(`${path}${id}/`, { method: "PATCH", body: { enabled: false } });
    expect(disabled).toMatchObject({ status: 200, body: { enabled: false } });
    expect((await caller.call(`${path}${id}/`, { method: "DELETE" })).status).toBe(204);
    expect(await caller.call(`${path}1/`)).toMatchObject({
      status: 404,
      body: { detail: "No Token matches the given query." },
    });
    const other = { method: "POST", body: { user: 1 } };
    const refused = {
      status: 403,
      body: { detail: "This user does not have permission to create tokens for other users." },
    };
    expect(await caller.call(path, other)).toMatchObject(refused);
    await caller.grant("users.token", ["add"]);
    expect(await caller.call(path, other)).toMatchObject(refused);
    await caller.grant("users.token", ["grant"]);
    expect((await caller.call(path, other)).status).toBe(201);
  });

  test("tokens are filtered by their user", async () => {
    const all = idsOf(await api.call(`${path}?limit=0`));
    const ofAdmin = idsOf(await api.call(`${path}?limit=0&user=admin`));
    expect(ofAdmin.length).toBeLessThan(all.length);
    expect(idsOf(await api.call(`${path}?limit=0&user_id=1`))).toEqual(ofAdmin);
    expect(all).toEqual(all.toSorted((a, b) => b - a));
  });

  describe("provisioning", () => {
    test("a name and a password give a token, without another one", async () => {
      const { status, body } = await provision({ username: "admin", password: "correct horse" });
      expect(status).toBe(201);
      const token = issued.parse(body);
      expect(Object.keys(body ?? {}).join(" ")).toBe(
        "id url display_url display version user key created expires last_used enabled write_enabled description " +
          "allowed_ips token",
      );
      expect(token).toMatchObject({
        url: `${api.origin}${path}${token.id}/`,
        display_url: `${api.origin}/users/tokens/${token.id}/`,
        version: 2,
        user: { id: 1, url: `${api.origin}/api/users/users/1/`, display: "admin", username: "admin" },
        expires: null,
        last_used: null,
        enabled: true,
        write_enabled: true,
        description: "",
        allowed_ips: [],
      });
      expect(await opens(`Bearer nbt_${String(token.key)}.${token.token}`)).toBe(200);
      const again = await api.call(`${path}${token.id}/`);
      expect(again.body).toMatchObject({ token: null });
    });

    test("a version 1 token and other wishes", async () => {
      const wishes = {
        version: 1,
        description: "script",
        write_enabled: false,
        allowed_ips: ["127.0.0.1/32"],
      };
      const { body } = await provision({ username: "admin", password: "correct horse", ...wishes });
      expect(body).toMatchObject({ ...wishes, key: null });
      expect(await opens(`Token ${issued.parse(body).token}`)).toBe(200);
    });

    test.each([
      { username: "admin", password: "wrong" },
      { username: "nobody", password: "correct horse" },
      { username: "ann", password: "x" },
    ])("%j are wrong credentials", async (body) => {
      expect(await provision(body)).toMatchObject({
        status: 403,
        body: { detail: "Invalid username/password" },
      });
    });

    test("a user who is not active gets none", async () => {
      const user = { username: "gone", password: "long enough", is_active: false };
      expect((await api.call("/api/users/users/", { method: "POST", body: user })).status).toBe(201);
      const { username, password } = user;
      expect((await provision({ username, password })).status).toBe(403);
    });

    test("what is missing or wrong is told", async () => {
      const required = ["This field is required."];
      expect(await provision({})).toMatchObject({
        status: 400,
        body: { username: required, password: required },
      });
      const past = { username: "admin", password: "correct horse", expires: "2020-01-01T00:00:00Z" };
      expect((await provision(past)).status).toBe(400);
      const read = await api.call(provisioning);
      expect(read.status).toBe(405);
    });
  });

  test("nothing of this was an error of ours", () => {
    expect(api.errors).toEqual([]);
  });
});
