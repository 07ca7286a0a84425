import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { choice, defineResource, json, text } from "../src/index.ts";
import { type Kit, startKit } from "./kit-fixture.ts";

const path = "/api/test/things/";

describe("a declared resource", () => {
  let kit: Kit;
  const create = async (body: object): Promise<void> => {
    const { status, body: answer } = await kit.call("POST", path, body);
    expect({ status, answer }).toMatchObject({ status: 201 });
  };
  const errorsOf = async (body: object): Promise<unknown> => {
    const { status, body: answer } = await kit.call("POST", path, body);
    expect({ body, status }).toEqual({ body, status: 400 });
    return answer;
  };

  beforeEach(async () => {
    kit = await startKit();
  });
  afterEach(async () => {
    await kit.close();
  });

  test("is created, read, changed and deleted, and each change is described without secrets", async () => {
    const created = await kit.call("POST", path, {
      name: " one ",
      box: 1,
      size: "5.0",
      price: "1.50",
      fragile: "on",
      colour: "red",
      extra: [null],
      secret: " hidden ",
      changelog_message: "hello",
    });
    expect(created).toMatchObject({ status: 201 });
    expect(created.body).toEqual({
      id: 1,
      url: `${kit.origin}${path}1/`,
      display: "one!",
      name: "one",
      note: null,
      box: { id: 1, url: `${kit.origin}/api/test/boxes/1/`, display: "big", name: "big" },
      size: 5,
      ratio: null,
      price: 1.5,
      fragile: true,
      colour: { value: "red", label: "Red" },
      extra: [null],
      tags: [],
      custom_fields: {},
      created: "2026-01-01T00:00:00.000001Z",
      last_updated: "2026-01-01T00:00:00.000001Z",
    });
    expect(created.headers.get("etag")).toBe('W/"2026-01-01T00:00:00.000001+00:00"');
    expect(kit.store.rows.get(1)?.["secret"]).toBe(" hidden ");
    expect(await kit.call("PATCH", `${path}1/`, { box: null, colour: null })).toMatchObject({
      status: 200,
      body: { box: null, colour: null, name: "one" },
    });
    expect(await kit.call("DELETE", `${path}1/`)).toMatchObject({ status: 204, body: null });
    expect(kit.store.log).toMatchObject([
      {
        display: "one!",
        before: null,
        after: { name: "one", box: 1, colour: "red", tags: [] },
        message: "hello",
        user: "writer",
      },
      { before: { box: 1 }, after: { box: null }, message: "" },
      { before: { box: null }, after: null },
    ]);
    expect(JSON.stringify(kit.store.log)).not.toContain("hidden");
  });

  test.each([
    [{ name: 12.5 }, "12.5"],
    [{ name: "0" }, "0"],
  ])("text takes numbers: %j", async (body, name) => {
    await create(body);
    expect(kit.store.rows.get(1)).toMatchObject({ name });
  });

  test.each<[string, unknown, string]>([
    ["name", "   ", "This field may not be blank."],
    ["name", null, "This field may not be null."],
    ["name", "12345678901", "Ensure this field has no more than 10 characters."],
    ["name", true, "Not a valid string."],
    ["name", {}, "Not a valid string."],
    ["size", "1.5", "A valid integer is required."],
    ["size", 1.5, "A valid integer is required."],
    ["size", true, "A valid integer is required."],
    ["size", "", "A valid integer is required."],
    ["size", -1, "Ensure this value is greater than or equal to 0."],
    ["size", 2_147_483_648, "Ensure this value is less than or equal to 2147483647."],
    ["ratio", "x", "A valid number is required."],
    ["ratio", "NaN", "A valid number is required."],
    ["ratio", "Infinity", "A valid number is required."],
    ["price", "x", "A valid number is required."],
    ["price", "1.234", "Ensure that there are no more than 2 decimal places."],
    ["price", "123456", "Ensure that there are no more than 5 digits in total."],
    ["price", "1234.5", "Ensure that there are no more than 3 digits before the decimal point."],
    ["price", 0, "Ensure this value is greater than or equal to 0.01."],
    ["fragile", "", "Must be a valid boolean."],
    ["fragile", 2, "Must be a valid boolean."],
    ["colour", "green", "green is not a valid choice."],
    ["colour", "true", "True is not a valid choice."],
    ["colour", ["red"], 'Value must be passed directly (e.g. "foo": 123); do not use a dictionary or list.'],
    ["extra", null, "This field may not be null."],
    ["extra", { a: "\0" }, "Null characters are not allowed."],
    ["box", 99, "Related object not found using the provided numeric ID: 99"],
    ["box", { id: 99 }, "Related object not found using the provided numeric ID: 99"],
    ["box", { name: "zzz" }, "Related object not found using the provided attributes: {'name': 'zzz'}"],
    ["box", { name: "small" }, "Multiple objects match the provided attributes: {'name': 'small'}"],
    ["box", { nope: 1 }, "Cannot resolve keyword 'nope' into field."],
    ["box", {}, "Multiple objects match the provided attributes: {}"],
    [
      "box",
      "1x",
      "Related objects must be referenced by numeric ID or by dictionary of attributes. Received an unrecognized value: 1x",
    ],
  ])("%s: %j is refused", async (field, value, message) => {
    expect(await errorsOf({ name: "n", [field]: value })).toEqual({ [field]: [message] });
  });

  test.each(["1", 1, true, { id: 1 }, { id: "1" }, { name: "big" }])(
    "a reference is written as %j",
    async (box) => {
      await create({ name: "n", box });
      expect(kit.store.rows.get(1)).toMatchObject({ box: { id: 1 } });
    },
  );

  test.each<[unknown, boolean]>([
    [true, true],
    ["YES", true],
    [1, true],
    ["off", false],
    ["f", false],
    [0, false],
  ])("%j is the boolean %j", async (fragile, expected) => {
    await create({ name: "n", fragile });
    expect(kit.store.rows.get(1)).toMatchObject({ fragile: expected });
  });

  test("a float takes numeric text and booleans", async () => {
    await create({ name: "a", ratio: "1.5e1" });
    await create({ name: "b", ratio: true });
    expect([...kit.store.rows.values()].map(({ ratio }) => ratio)).toEqual([15, 1]);
  });

  test("rules over several fields see what would be stored, once each field is fine", async () => {
    expect(await errorsOf({ name: "n", size: 13, fragile: true })).toEqual({ size: ["Bad luck."] });
    await create({ name: "n", size: 13, fragile: false });
    expect(await kit.call("PATCH", `${path}1/`, { fragile: true })).toMatchObject({
      status: 400,
      body: { size: ["Bad luck."] },
    });
    expect(await kit.call("PATCH", `${path}1/`, { fragile: "?", size: 13 })).toMatchObject({
      body: { fragile: ["Must be a valid boolean."] },
    });
  });

  test("a taken value is told under the key of the model", async () => {
    await create({ name: "n" });
    expect(await errorsOf({ name: "n" })).toEqual({ __all__: ["Thing with this Name already exists."] });
  });

  test("PUT needs what is required, and keeps the rest", async () => {
    await create({ name: "n", size: 4 });
    expect(await kit.call("PUT", `${path}1/`, { size: 5 })).toMatchObject({
      status: 400,
      body: { name: ["This field is required."] },
    });
    expect(await kit.call("PUT", `${path}1/`, { name: "m" })).toMatchObject({
      status: 200,
      body: { name: "m", size: 4 },
    });
  });

  test("an outdated ETag stops PUT, PATCH and DELETE", async () => {
    await create({ name: "n" });
    for (const method of ["PUT", "PATCH", "DELETE"]) {
      const answer = await kit.call(method, `${path}1/`, {}, { "if-match": 'W/"old"' });
      expect(answer).toMatchObject({ status: 412, body: { detail: "Precondition failed." } });
      expect(answer.headers.get("etag")).toBe('W/"2026-01-01T00:00:00.000001+00:00"');
    }
    expect(kit.store.rows.size).toBe(1);
  });

  test("parameters become a list query, and nothing else reaches the store", async () => {
    await kit.call(
      "GET",
      `${path}?name=a&name=%20b&name__nic=c&size__gte=3&size__gte=4&colour=null&price=1.10&x=1&limit=7&offset=2&ordering=-last_updated,nope&q=%20find%20`,
    );
    expect(kit.store.queries.at(-1)).toEqual({
      where: [
        { test: "in", field: "name", values: ["a", "b"], orNull: false, negated: false },
        { test: "contains", field: "name", values: ["c"], negated: true },
        { test: "gte", field: "size", values: [3, 4] },
        { test: "in", field: "colour", values: [], orNull: true, negated: false },
        { test: "in", field: "price", values: ["1.10"], orNull: false, negated: false },
      ],
      search: "find",
      restriction: null,
      order: [{ field: "lastUpdated", descending: true }],
      page: { by: "offset", limit: 7, offset: 2 },
    });
  });

  test.each([
    ["limit=-1", 50],
    ["limit=abc", 50],
    ["limit=1.5", 50],
    ["limit=", 50],
    ["limit=0", 1000],
    ["limit=99999999999999999999", 1000],
    ["limit=3&limit=4", 4],
    ["limit=%2B5", 5],
  ])("%s is a page of %d", async (search, limit) => {
    await kit.call("GET", `${path}?${search}`);
    expect(kit.store.queries.at(-1)?.page).toEqual({ by: "offset", offset: 0, limit });
  });

  test("references are filtered by what exists", async () => {
    await create({ name: "in", box: 1 });
    expect(await kit.call("GET", `${path}?box=99&in_box=nope`)).toMatchObject({
      status: 400,
      body: {
        box: ["Select a valid choice. That choice is not one of the available choices."],
        in_box: ["Select a valid choice. nope is not one of the available choices."],
      },
    });
    expect((await kit.call("GET", `${path}?box=1&in_box=big&in_box=small`)).status).toBe(200);
    expect(kit.store.queries.at(-1)?.where).toEqual([
      { test: "in", field: "box", values: [1], orNull: false, negated: false },
      { test: "in", field: "box", values: ["big", "small"], orNull: false, negated: false },
    ]);
  });

  test("users are let in by what they may do, before anything is looked up", async () => {
    const attempt = async (method: string, user: string) => {
      const { status, body } = await kit.call(method, `${path}99/`, method === "GET" ? undefined : {}, {
        authorization: user,
      });
      return { status, body };
    };
    const denied = { status: 403, body: { detail: "You do not have permission to perform this action." } };
    expect(await attempt("GET", "guest")).toEqual(denied);
    expect(await attempt("PATCH", "reader")).toEqual(denied);
    expect(await attempt("POST", "wrong")).toEqual(denied);
    expect(await attempt("GET", "reader")).toEqual({
      status: 404,
      body: { detail: "No Thing matches the given query." },
    });
    expect(await attempt("POST", "writer")).toEqual({
      status: 405,
      body: { detail: 'Method "POST" not allowed.' },
    });
  });

  test("an unforeseen error tells the log everything and the client nothing", async () => {
    const { status, body } = await kit.call("GET", "/api/test/broken/");
    expect({ status, keys: Object.keys(body ?? {}) }).toEqual({
      status: 500,
      keys: ["error", "exception", "netbox_version", "python_version"],
    });
    expect(JSON.stringify(body)).not.toContain("secret detail");
    expect(kit.errors).toMatchObject([{ message: "a secret detail" }]);
  });
});

describe("a declaration that contradicts itself", () => {
  const declaration = {
    path: "x",
    model: "X",
    objectType: "x.x",
    display: () => "x",
    fields: { a: text() },
    brief: [],
    filters: [],
  };

  test("is refused where it is made", () => {
    expect(() => defineResource({ ...declaration, fields: { a: json() }, filters: ["a"] })).toThrow(
      "X: a cannot be filtered",
    );
    expect(() =>
      defineResource({ ...declaration, fields: { a: choice({}) }, brief: ["display_url"] }),
    ).toThrow("X has no field display_url");
  });
});
