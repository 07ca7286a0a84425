import { afterEach, describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { type ApiFixture, createApiFixture } from "./api-fixture.ts";
import { createCaller } from "./caller-fixture.ts";

const next = z.looseObject({ jobs: z.string() });

describe("the client's address", () => {
  let api: ApiFixture;
  afterEach(async () => {
    await api.close();
  });

  test("without a trusted proxy nobody chooses his own", async () => {
    api = await createApiFixture();
    const caller = await createCaller(api, "ann");
    await api.query(`update api_token set allowed_ips = '["192.0.2.0/24"]' where user_id = $1`, [caller.id]);
    const forwarded = {
      "x-forwarded-for": "192.0.2.7",
      "x-forwarded-proto": "https",
      "x-forwarded-host": "nb.example",
    };
    expect(await caller.call("/api/", { headers: forwarded })).toMatchObject({
      status: 403,
      body: { detail: "Source IP 127.0.0.1 is not permitted to authenticate using this token." },
    });
    const { body } = await api.call("/api/core/", { headers: forwarded });
    expect(next.parse(body).jobs).toBe(`${api.origin}/api/core/jobs/`);
  });

  test("a trusted proxy tells address, scheme and host", async () => {
    api = await createApiFixture({ trustedProxies: ["127.0.0.0/8", "2001:db8::1"] });
    const caller = await createCaller(api, "ann");
    await api.query(`update api_token set allowed_ips = '["192.0.2.0/24"]' where user_id = $1`, [caller.id]);
    const forwarded = {
      "x-forwarded-for": "192.0.2.7",
      "x-forwarded-proto": "https",
      "x-forwarded-host": "nb.example",
    };
    const { status, body } = await caller.call("/api/core/", { headers: forwarded });
    expect(status).toBe(200);
    expect(next.parse(body).jobs).toBe("https://nb.example/api/core/jobs/");
    expect((await caller.call("/api/", { headers: { "x-forwarded-for": "198.51.100.1" } })).status).toBe(403);
    // What the client itself put there is further away than the nearest address that is not trusted.
    const spoofed = { "x-forwarded-for": "192.0.2.7, 198.51.100.1" };
    expect((await caller.call("/api/", { headers: spoofed })).status).toBe(403);
  });

  test("guessing gets slow, and who knows a token does not notice", async () => {
    api = await createApiFixture();
    const guess = () => api.call("/api/", { headers: { authorization: `Token ${"x".repeat(40)}` } });
    for (let guesses = 0; guesses < 20; guesses++) expect((await guess()).status).toBe(403);
    const answers: string[] = [];
    // Three at once are answered one after the other: the last one after 1.75 seconds.
    const slow = Promise.all([guess(), guess(), guess()]).then((guesses) => {
      answers.push("guesses");
      for (const { status, body } of guesses) {
        expect({ status, body }).toEqual({ status: 403, body: { detail: "Invalid v1 token" } });
      }
    });
    for (let calls = 0; calls < 3; calls++) {
      expect((await api.call("/api/")).status).toBe(200);
      answers.push("call");
    }
    const provision = { username: "admin", password: "correct horse" };
    const provisioned = await api.call("/api/users/tokens/provision/", { method: "POST", body: provision });
    expect(provisioned.status).toBe(201);
    await slow;
    expect(answers).toEqual(["call", "call", "call", "guesses"]);
  });
});
