import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { type Answer, type ApiFixture, createApiFixture, idsOf } from "./api-fixture.ts";
import { createCaller } from "./caller-fixture.ts";

const created = z.looseObject({ id: z.number() });

describe("users, groups and permissions", () => {
  let api: ApiFixture;
  const post = (name: string, body: unknown): Promise<Answer> =>
    api.call(`/api/users/${name}/`, { method: "POST", body });
  const make = async (name: string, body: unknown): Promise<number> => {
    const answer = await post(name, body);
    expect(answer).toMatchObject({ status: 201 });
    return created.parse(answer.body).id;
  };

  beforeAll(async () => {
    api = await createApiFixture();
  });
  afterAll(async () => {
    await api.close();
  });

  test("the users' root names what is below it", async () => {
    const { body } = await api.call("/api/users/");
    expect(Object.keys(body ?? {})).toEqual(["groups", "permissions", "tokens", "users"]);
    for (const [name, url] of Object.entries(z.record(z.string(), z.string()).parse(body))) {
      expect(url).toBe(`${api.origin}/api/users/${name}/`);
      expect((await api.call(new URL(url).pathname)).status).toBe(200);
    }
  });

  test("a user has groups and permissions, and a password that nobody sees", async () => {
    const permission = await make("permissions", {
      name: "see jobs",
      object_types: ["core.job"],
      actions: ["view"],
    });
    const group = await make("groups", { name: "operators", description: "day and night" });
    const { status, body, text } = await post("users", {
      username: "ann",
      password: "a long secret",
      first_name: "Ann",
      last_name: "Lee",
      email: "ann@example.org",
      groups: [group],
      permissions: [permission],
    });
    expect(status).toBe(201);
    expect(Object.keys(body ?? {}).join(" ")).toBe(
      "id url display_url display username first_name last_name email is_active date_joined last_login groups permissions",
    );
    expect(body).toMatchObject({
      display: "ann (Ann Lee)",
      is_active: true,
      last_login: null,
      groups: [
        {
          id: group,
          url: `${api.origin}/api/users/groups/${group}/`,
          display: "operators",
          name: "operators",
          description: "day and night",
        },
      ],
      permissions: [
        {
          id: permission,
          url: `${api.origin}/api/users/permissions/${permission}/`,
          display: "see jobs",
          name: "see jobs",
          description: "",
          enabled: true,
          object_types: ["core.job"],
          actions: ["view"],
        },
      ],
    });
    expect(text).not.toContain("secret");
    const { id } = created.parse(body);
    const log = await api.query(
      "select postchange_data::text as data from object_change where changed_object_type = 'users.user'",
    );
    expect(JSON.stringify(log)).not.toMatch(/secret|scrypt/);
    expect((await api.call(`/api/users/groups/${group}/`)).body).toMatchObject({
      user_count: 1,
      permissions: [],
    });
    expect((await api.call(`/api/users/permissions/${permission}/`)).body).toMatchObject({
      users: [{ id, url: `${api.origin}/api/users/users/${id}/`, display: "ann", username: "ann" }],
      groups: [],
    });
    const path = `/api/users/users/${id}/`;
    expect((await api.call(path, { method: "PATCH", body: { groups: [] } })).body).toMatchObject({
      groups: [],
      permissions: [{ id: permission }],
    });
  });

  test("a new password replaces the old one", async () => {
    const id = await make("users", { username: "bob", password: "the first one" });
    const login = async (password: string): Promise<number> =>
      (
        await api.call("/api/users/tokens/provision/", {
          method: "POST",
          body: { username: "bob", password },
        })
      ).status;
    expect(await login("the first one")).toBe(201);
    const path = `/api/users/users/${id}/`;
    expect((await api.call(path, { method: "PATCH", body: { password: "another one" } })).status).toBe(200);
    expect(await login("the first one")).toBe(403);
    expect(await login("another one")).toBe(201);
    // Nothing that a reader sees has changed, and yet it is a change.
    const entries = await api.query(
      "select action from object_change where changed_object_type = 'users.user' and changed_object_id = $1 order by id",
      [id],
    );
    expect(entries.map(({ action }) => action)).toEqual(["create", "update"]);
    expect((await api.call(path, { method: "DELETE" })).status).toBe(204);
    expect(await login("another one")).toBe(403);
  });

  test.each([
    ["users", {}, { username: ["This field is required."], password: ["This field is required."] }],
    [
      "users",
      { username: "admin", password: "x" },
      { username: ["A user with that username already exists."] },
    ],
    [
      "users",
      { username: "new", password: "x", groups: [99] },
      { groups: ['Invalid pk "99" - object does not exist.'] },
    ],
    [
      "users",
      { username: "new", password: "x", groups: 1 },
      { groups: ['Expected a list of items but got type "int".'] },
    ],
    [
      "users",
      { username: "new", password: "x", groups: ["a"] },
      { groups: ["Incorrect type. Expected pk value, received str."] },
    ],
    [
      "users",
      { username: "new", password: "x", email: "nobody" },
      { email: ["Enter a valid email address."] },
    ],
    ["groups", { name: "operators" }, { name: ["group with this name already exists."] }],
    [
      "permissions",
      {},
      {
        name: ["This field is required."],
        object_types: ["This field is required."],
        actions: ["This field is required."],
      },
    ],
    [
      "permissions",
      { name: "p", object_types: ["core.nothing"], actions: ["view"] },
      { object_types: ["Invalid content type: core.nothing"] },
    ],
    [
      "permissions",
      { name: "p", object_types: ["core.job"], actions: ["view", ""] },
      { actions: { "1": ["This field may not be blank."] } },
    ],
    [
      "permissions",
      { name: "p", object_types: ["core.job"], actions: ["view"], constraints: "all" },
      { constraints: ["Constraints must be an object, an array of objects, or null."] },
    ],
  ])("%s: %j is 400", async (name, body, expected) => {
    expect(await post(name, body)).toMatchObject({ status: 400, body: expected });
  });

  test("what a permission allows counts from the next request on, for its users and its groups", async () => {
    const caller = await createCaller(api, "carl");
    const jobs = "/api/core/jobs/";
    expect((await caller.call(jobs)).status).toBe(403);
    const base = { name: "own jobs", object_types: ["core.job"], actions: ["view"] };
    const id = await make("permissions", { ...base, constraints: { user: "$user" }, users: [caller.id] });
    await api.query(
      `insert into job (job_id, name, status, mode, sync_types, request_key, user_id) select gen_random_uuid(),
         'Proxbox Sync', 'pending', 'full', '["all"]', u.username, u.id from user_account u where u.username in ('admin', 'carl')`,
    );
    expect((await caller.call(jobs)).body).toMatchObject({
      count: 1,
      results: [{ user: { username: "carl" } }],
    });
    const path = `/api/users/permissions/${id}/`;
    await api.call(path, { method: "PATCH", body: { constraints: null, users: [] } });
    expect((await caller.call(jobs)).status).toBe(403);
    const group = await make("groups", { name: "watchers", permissions: [id] });
    await api.call(`/api/users/users/${caller.id}/`, { method: "PATCH", body: { groups: [group] } });
    expect((await caller.call(jobs)).body).toMatchObject({ count: 2 });
    await api.call(path, { method: "PATCH", body: { enabled: false } });
    expect((await caller.call(jobs)).status).toBe(403);
  });

  test("lists are filtered by what they are related to", async () => {
    const ids = async (path: string): Promise<number[]> => idsOf(await api.call(`/api/users/${path}`));
    const [group] = await ids("groups/?name=watchers");
    const [carl] = await ids("users/?username=carl");
    const [permission] = await ids("permissions/?name=own%20jobs");
    expect([await ids(`users/?group_id=${String(group)}`), await ids("users/?group=watchers")]).toEqual([
      [carl],
      [carl],
    ]);
    expect(await ids(`groups/?user_id=${String(carl)}`)).toEqual([group]);
    expect(await ids(`groups/?permission_id=${String(permission)}`)).toEqual([group]);
    expect(await ids("permissions/?group=watchers&can_view=true&can_add=false")).toEqual([permission]);
    expect(await ids("permissions/?can_delete=true")).toEqual([]);
    expect(await ids("users/?is_superuser=true")).toEqual([1]);
    expect(await ids("users/?q=lee")).toEqual(await ids("users/?username=ann"));
  });

  test("others need permissions for them too", async () => {
    const caller = await createCaller(api, "dora");
    for (const name of ["users", "groups", "permissions"]) {
      expect((await caller.call(`/api/users/${name}/`)).status).toBe(403);
      expect((await caller.call(`/api/users/${name}/`, { method: "POST", body: {} })).status).toBe(403);
    }
    await caller.grant("users.user", ["view"], { id: "$user" });
    expect((await caller.call("/api/users/users/")).body).toMatchObject({ count: 1 });
    const check = await caller.call("/api/authentication-check/");
    expect(check.body).toEqual((await caller.call(`/api/users/users/${caller.id}/`)).body);
  });

  test("nothing of this was an error of ours", () => {
    expect(api.errors).toEqual([]);
  });
});
