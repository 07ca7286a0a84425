import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { z } from "zod";
import { type ApiFixture, createApiFixture } from "./api-fixture.ts";
import { seedInventory } from "./inventory.ts";

const path = "/api/plugins/proxbox/replications/";
const objects = z.array(z.looseObject({ id: z.number(), created: z.string(), last_updated: z.string() }));

let api: ApiFixture;

beforeAll(async () => {
  api = await createApiFixture();
  await seedInventory(api);
  await api.query("select setval(pg_get_serial_sequence('replication', 'id'), 100)");
});
afterAll(() => api.close());
beforeEach(async () => {
  await api.query("delete from replication where id > 4");
  await api.query("delete from object_change");
});

const valid = (replicationId: string, more: object = {}) => ({
  endpoint: 1,
  replication_id: replicationId,
  virtual_machine: 1,
  guest: 100,
  target: "node2",
  jobnum: 1,
  ...more,
});
const post = (body: unknown) => api.call(path, { method: "POST", body });
const patch = (body: unknown, headers = {}) => api.call(path, { method: "PATCH", body, headers });
const remove = (body: unknown, headers = {}) => api.call(path, { method: "DELETE", body, headers });
const count = async () => (await api.query("select count(*)::int as n from replication"))[0]?.["n"];
const log = () =>
  api.query(`select action, changed_object_id as id, message, prechange_data->>'comment' as before,
    postchange_data->>'comment' as after, request_id from object_change order by object_change.id`);

async function created(...ids: string[]): Promise<number[]> {
  const { body } = await post(ids.map((id) => valid(id)));
  await api.query("delete from object_change");
  return objects.parse(body).map(({ id }) => id);
}

const taken = { __all__: ["Replication with this Proxmox endpoint and Replication id already exists."] };
const blank = { target: ["This field may not be blank."] };

describe("a bulk POST", () => {
  it("answers the new objects in the order of the request, with rising ids and times", async () => {
    const answer = await post([valid("100-5"), valid("100-3", { comment: "b", changelog_message: "why" })]);
    expect(answer.status).toBe(201);
    expect(answer.headers.get("location")).toBeNull();
    expect(answer.headers.get("etag")).toBeNull();
    expect(answer.body).toMatchObject([
      { replication_id: "100-5", display: "vm100 - 100-5", endpoint: { id: 1 }, comment: null },
      { replication_id: "100-3", comment: "b", schedule: "", status: { value: "active", label: "Active" } },
    ]);
    const [first, second] = objects.parse(answer.body);
    expect(second?.id).toBeGreaterThan(first?.id ?? 0);
    expect((second?.created ?? "") > (first?.created ?? "")).toBe(true);
    expect(await log()).toMatchObject([
      { action: "create", id: first?.id, message: "", before: null },
      { action: "create", id: second?.id, message: "why", after: "b" },
    ]);
    expect(new Set((await log()).map((entry) => entry["request_id"]))).toEqual(
      new Set([answer.headers.get("x-request-id")]),
    );
  });

  it("of nothing makes nothing", async () => {
    expect(await post([])).toMatchObject({ status: 201, body: [] });
  });

  it("with a bad item stores none, and says which it was", async () => {
    const before = await count();
    const answer = await post([valid("1-1"), valid("1-2", { target: "" }), 5, {}]);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual([
      {},
      blank,
      { non_field_errors: ["Invalid data. Expected a dictionary, but got int."] },
      {
        replication_id: ["This field is required."],
        virtual_machine: ["This field is required."],
        guest: ["This field is required."],
        target: ["This field is required."],
        jobnum: ["This field is required."],
      },
    ]);
    expect(await count()).toBe(before);
  });

  it("with items that clash with each other or with what is there is refused at these items", async () => {
    const before = await count();
    const answer = await post([valid("1-1"), valid("1-1"), valid("100-0"), valid("1-2")]);
    expect(answer).toMatchObject({ status: 400, body: [{}, taken, taken, {}] });
    expect(await count()).toBe(before);
    expect(await log()).toEqual([]);
  });

  it("lets one of two racing requests win", async () => {
    const answers = await Promise.all([1, 2, 3, 4].map(() => post([valid("1-1"), valid("1-2")])));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 400, 400, 400]);
    expect(answers.find(({ status }) => status === 400)?.body).toEqual([taken, taken]);
  });

  it("refuses a message that is too long for the change log", async () => {
    const answer = await post([valid("1-1", { changelog_message: "x".repeat(201) })]);
    expect(answer.body).toEqual([
      { changelog_message: ["Ensure this field has no more than 200 characters."] },
    ]);
  });
});

describe("a bulk PATCH", () => {
  it("answers in default order, skips unknown ids, lets the last item of an id win", async () => {
    const [a, b] = await created("100-8", "100-7");
    const answer = await patch([
      { id: a, comment: "first" },
      { id: 99_999, comment: "nobody" },
      { id: 99_999_999_999, comment: "nobody" },
      { id: String(b), rate: "1.5", changelog_message: "slower" },
      { id: a, comment: "last" },
    ]);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("etag")).toBeNull();
    expect(answer.body).toMatchObject([
      { id: b, replication_id: "100-7", rate: 1.5, comment: null },
      { id: a, replication_id: "100-8", rate: null, comment: "last" },
    ]);
    expect(await log()).toMatchObject([
      { action: "update", id: b, message: "slower" },
      { action: "update", id: a, message: "", after: "last" },
    ]);
  });

  it("of what is so already moves last_updated and logs nothing", async () => {
    const [id] = await created("1-1");
    const [before] = objects.parse((await patch([{ id, target: "node2" }])).body);
    const [after] = objects.parse((await patch([{ id }])).body);
    expect((after?.last_updated ?? "") > (before?.last_updated ?? "")).toBe(true);
    expect(await log()).toEqual([]);
  });

  it("ends at the first object that cannot become it, with its errors alone, and changes nothing", async () => {
    const [a, b] = await created("1-1", "1-2");
    const answer = await patch([
      { id: b, target: "" },
      { id: a, comment: "x" },
    ]);
    expect(answer).toMatchObject({ status: 400, body: blank });
    expect(answer.body).toEqual(blank);
    expect(await log()).toEqual([]);
  });

  it.each([
    [{}, { non_field_errors: ['Expected a list of items but got type "dict".'] }],
    [[5], [{ non_field_errors: ["Invalid data. Expected a dictionary, but got int."] }]],
    [
      [{ id: 1 }, {}],
      [{}, { id: ["This field is required."] }],
    ],
    [[{ id: "abc" }], [{ id: ["A valid integer is required."] }]],
    [[{ id: null }], [{ id: ["This field may not be null."] }]],
  ])("of %j is refused", async (body, errors) => {
    const answer = await patch(body);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual(errors);
  });

  it("of nothing, or of unknown ids alone, is an empty list", async () => {
    expect(await patch([])).toMatchObject({ status: 200, body: [] });
    expect(await patch([{ id: 99_999, comment: "x" }])).toMatchObject({ status: 200, body: [] });
  });

  it("cannot swap unique values, but can pass them on", async () => {
    const [a, b] = await created("1-1", "1-2");
    const swapped = await patch([
      { id: a, replication_id: "1-2" },
      { id: b, replication_id: "1-1" },
    ]);
    expect(swapped.status).toBe(400);
    expect(swapped.body).toEqual(taken);
    const passed = await patch([
      { id: a, replication_id: "1-0" },
      { id: b, replication_id: "1-1" },
    ]);
    expect(passed.status).toBe(200);
  });

  it("obeys If-Match for every object it touches", async () => {
    const [a, b] = await created("1-1", "1-2");
    const etag = (await api.call(`${path}${a}/`)).headers.get("etag") ?? "";
    const other = (await api.call(`${path}${b}/`)).headers.get("etag") ?? "";
    const body = [{ id: a, comment: "x" }, { id: b, comment: "x" }, { id: 99_999 }];
    const refused = await patch(body, { "if-match": etag });
    expect(refused).toMatchObject({ status: 412, body: { detail: "Precondition failed." } });
    expect(await log()).toEqual([]);
    expect((await patch(body, { "if-match": `${etag}, ${other}` })).status).toBe(200);
    expect((await patch(body, { "if-match": "*" })).status).toBe(200);
  });

  it("writes a thousand objects by few statements", async () => {
    const items = Array.from({ length: 1000 }, (_, index) => valid(`9-${String(index).padStart(4, "0")}`));
    const ids = objects.parse((await post(items)).body).map(({ id }) => id);
    expect(ids).toHaveLength(1000);
    const answer = await patch(ids.map((id) => ({ id, comment: `comment ${id}` })));
    expect(objects.parse(answer.body).map(({ id }) => id)).toEqual(ids);
    const [row] = await api.query(
      "select count(*)::int as n from replication where comment = 'comment ' || id and last_updated > created",
    );
    expect(row?.["n"]).toBe(1000);
    expect((await remove(ids.map((id) => ({ id })))).status).toBe(204);
    expect(await log()).toHaveLength(3000);
  });
});

describe("a bulk PUT", () => {
  it("needs the required fields of each item, and keeps the others", async () => {
    const [id] = await created("1-1");
    await patch([{ id, comment: "kept" }]);
    const put = (body: unknown) => api.call(path, { method: "PUT", body });
    expect((await put([{ id, comment: "x" }])).body).toMatchObject({ guest: ["This field is required."] });
    expect((await put([{ id, ...valid("1-9") }])).body).toMatchObject([
      { replication_id: "1-9", comment: "kept" },
    ]);
  });
});

describe("a bulk DELETE", () => {
  it("deletes what is there, each with its message", async () => {
    const [a, b] = await created("1-1", "1-2");
    const answer = await remove([
      { id: a },
      { id: String(b), changelog_message: "gone" },
      { id: a },
      { id: 99_999 },
    ]);
    expect(answer).toMatchObject({ status: 204, text: "" });
    expect(answer.headers.get("content-type")).toBeNull();
    expect(await log()).toMatchObject([
      { action: "delete", id: a, message: "" },
      { action: "delete", id: b, message: "gone" },
    ]);
    expect((await remove([])).status).toBe(204);
  });

  it("obeys If-Match", async () => {
    const [a, b] = await created("1-1", "1-2");
    const etag = (await api.call(`${path}${a}/`)).headers.get("etag") ?? "";
    expect((await remove([{ id: a }, { id: b }], { "if-match": etag })).status).toBe(412);
    expect((await remove([{ id: a }], { "if-match": etag })).status).toBe(204);
  });

  it.each([
    [undefined, { non_field_errors: ['Expected a list of items but got type "dict".'] }],
    [{ id: 1 }, { non_field_errors: ['Expected a list of items but got type "dict".'] }],
    [[5], [{ non_field_errors: ["Invalid data. Expected a dictionary, but got int."] }]],
    [[{}], [{ id: ["This field is required."] }]],
  ])("of %j is refused", async (body, errors) => {
    const answer = await remove(body);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual(errors);
  });
});

it("names the methods of lists and objects", async () => {
  const { headers } = await api.call(path);
  expect(headers.get("allow")).toBe("GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS");
  expect((await api.call(`${path}1/`)).headers.get("allow")).toBe("GET, PUT, PATCH, DELETE, HEAD, OPTIONS");
});
