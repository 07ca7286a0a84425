import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { z } from "zod";
import { type Answer, type ApiFixture, createApiFixture } from "./api-fixture.ts";
import { seedInventory } from "./inventory.ts";

const path = "/api/plugins/proxbox/replications/";

let api: ApiFixture;

beforeAll(async () => {
  api = await createApiFixture();
  await seedInventory(api);
  await api.query("select setval(pg_get_serial_sequence('replication', 'id'), 100)");
});
afterAll(() => api.close());
beforeEach(() => api.query("delete from replication where id > 4"));

const minimal = { replication_id: "55-0", virtual_machine: 1, guest: 55, target: "node2", jobnum: 0 };
const post = (more: object = {}) => api.call(path, { method: "POST", body: { ...minimal, ...more } });
const patch = (id: number, body: unknown) => api.call(`${path}${id}/`, { method: "PATCH", body });
const idOf = ({ body }: Answer): number => z.object({ id: z.number() }).parse(body).id;
const required = ["This field is required."];

describe("a new replication", () => {
  it("needs five fields, and has the defaults of the rest", async () => {
    const answer = await post();
    expect(answer.status).toBe(201);
    expect(answer.headers.get("location")).toBe(`${api.origin}${path}${idOf(answer)}/`);
    expect(answer.headers.get("etag")).toMatch(/^W\/"/);
    expect(answer.body).toMatchObject({
      display: "vm100 - 55-0",
      endpoint: null,
      virtual_machine: { id: 1, name: "vm100" },
      proxmox_node: null,
      job_type: { value: "local", label: "Local" },
      schedule: "",
      rate: null,
      comment: null,
      disable: false,
      source: null,
      remove_job: null,
      status: { value: "active", label: "Active" },
      raw_config: {},
      tags: [],
      custom_fields: {},
    });
    const empty = await api.call(path, { method: "POST" });
    expect(empty.body).toEqual({
      replication_id: required,
      virtual_machine: required,
      guest: required,
      target: required,
      jobnum: required,
    });
  });

  it("takes references by attributes, and numbers and booleans in their many forms", async () => {
    const answer = await post({
      endpoint: { name: "pve1" },
      virtual_machine: { cluster: 1, name: "vm100" },
      proxmox_node: "2",
      guest: "101.0",
      target: 12.5,
      rate: "1.5",
      disable: "yes",
      remove_job: "",
      raw_config: ["x"],
      comment: "",
      id: 7,
      created: "1970-01-01T00:00:00Z",
      unknown: 1,
    });
    expect(answer).toMatchObject({
      status: 201,
      body: {
        endpoint: { id: 1, display: "pve1", name: "pve1" },
        virtual_machine: { id: 1 },
        proxmox_node: { id: 2, display: "node2 (pve1)", name: "node2", node_id: 2, online: false },
        guest: 101,
        target: "12.5",
        rate: 1.5,
        disable: true,
        remove_job: null,
        raw_config: ["x"],
        comment: "",
      },
    });
    expect(idOf(answer)).toBeGreaterThan(7);
    const ids = async (search: string) => {
      const { body } = await api.call(`${path}?id=${idOf(answer)}&${search}`);
      return z.object({ count: z.number() }).parse(body).count;
    };
    expect(await ids("remove_job__empty=true")).toBe(1);
    expect(await ids("remove_job=null")).toBe(0);
  });

  it.each([
    [{ replication_id: " " }, { replication_id: ["This field may not be blank."] }],
    [
      { replication_id: "x".repeat(256) },
      { replication_id: ["Ensure this field has no more than 255 characters."] },
    ],
    [{ replication_id: true }, { replication_id: ["Not a valid string."] }],
    [
      { virtual_machine: 999 },
      { virtual_machine: ["Related object not found using the provided numeric ID: 999"] },
    ],
    [{ virtual_machine: null }, { virtual_machine: ["This field may not be null."] }],
    [{ guest: -1 }, { guest: ["Ensure this value is greater than or equal to 0."] }],
    [{ guest: 2147483648 }, { guest: ["Ensure this value is less than or equal to 2147483647."] }],
    [{ jobnum: true }, { jobnum: ["A valid integer is required."] }],
    [{ schedule: null }, { schedule: ["This field may not be null."] }],
    [{ rate: "nan" }, { rate: ["A valid number is required."] }],
    [{ rate: "inf" }, { rate: ["A valid number is required."] }],
    [{ rate: "1e999" }, { rate: ["A valid number is required."] }],
    [{ disable: "" }, { disable: ["Must be a valid boolean."] }],
    [{ status: "gone" }, { status: ["gone is not a valid choice."] }],
    [{ status: null }, { status: ["This field may not be blank."] }],
    [
      { status: { value: "active" } },
      {
        status: ['Value must be passed directly (e.g. "foo": 123); do not use a dictionary or list.'],
      },
    ],
    [{ job_type: "" }, { job_type: ["This field may not be blank."] }],
    [{ raw_config: null }, { raw_config: ["This field may not be null."] }],
    [
      { endpoint: 1, replication_id: "100-0" },
      { __all__: ["Replication with this Proxmox endpoint and Replication id already exists."] },
    ],
    [
      { changelog_message: "x".repeat(201) },
      { changelog_message: ["Ensure this field has no more than 200 characters."] },
    ],
  ])("with %j is refused", async (more, errors) => {
    const answer = await post(more);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual(errors);
  });

  it("takes 1e999 in JSON for no number either", async () => {
    const body = JSON.stringify(minimal).replace("{", '{"rate": 1e999, ');
    expect((await api.call(path, { method: "POST", body })).body).toEqual({
      rate: ["A valid number is required."],
    });
  });

  it("is accepted although its numbers contradict its id, and twice without an endpoint", async () => {
    expect((await post({ replication_id: "9-1" })).status).toBe(201);
    expect((await post({ replication_id: "9-1" })).status).toBe(201);
    expect((await post({ replication_id: "anything" })).status).toBe(201);
  });

  it("answers, and needs, only the selected fields", async () => {
    const omitted = await api.call(`${path}?omit=comment,raw_config`, {
      method: "POST",
      body: { ...minimal, comment: "lost" },
    });
    expect(omitted.body).not.toHaveProperty("comment");
    expect((await api.call(`${path}${idOf(omitted)}/`)).body).toMatchObject({ comment: null });
    const selected = await api.call(`${path}?fields=id`, { method: "POST", body: minimal });
    expect(selected).toMatchObject({
      status: 400,
      body: { replication_id: ["This field cannot be blank."], guest: ["This field cannot be null."] },
    });
  });

  it("can come as a form with flat fields, where references cannot be named", async () => {
    const form = new FormData();
    for (const [name, value] of Object.entries(minimal)) form.set(name, String(value));
    const response = await fetch(`${api.origin}${path}`, {
      method: "POST",
      headers: { authorization: `Token ${"a".repeat(40)}` },
      body: form,
    });
    expect(await response.json()).toEqual({ virtual_machine: required });
    const { body } = await post();
    const change = new FormData();
    change.set("comment", "from a form");
    const changed = await fetch(`${api.origin}${path}${z.object({ id: z.number() }).parse(body).id}/`, {
      method: "PATCH",
      headers: { authorization: `Token ${"a".repeat(40)}` },
      body: change,
    });
    expect(await changed.json()).toMatchObject({ comment: "from a form", virtual_machine: { id: 1 } });
  });
});

describe("a changed replication", () => {
  it("keeps on PUT what is optional and not sent, and needs the rest", async () => {
    const id = idOf(await post({ comment: "kept", disable: true }));
    const put = (body: object) => api.call(`${path}${id}/`, { method: "PUT", body });
    expect((await put({ comment: "x" })).body).toMatchObject({ guest: required, target: required });
    expect(await put({ ...minimal, target: "node9" })).toMatchObject({
      status: 200,
      body: { comment: "kept", disable: true, target: "node9" },
    });
  });

  it("moves its ETag on an empty PATCH, and writes no change log entry", async () => {
    const created = await post();
    const id = idOf(created);
    const answer = await patch(id, {});
    expect(answer.status).toBe(200);
    expect(answer.headers.get("etag")).not.toBe(created.headers.get("etag"));
    const entries = await api.query(
      "select action from object_change where changed_object_type = 'netbox_proxbox.replication' and changed_object_id = $1",
      [id],
    );
    expect(entries).toEqual([{ action: "create" }]);
  });

  it("is no list", async () => {
    const answer = await patch(1, [{ id: 1 }]);
    expect(answer).toMatchObject({
      status: 400,
      body: { non_field_errors: ["Invalid data. Expected a dictionary, but got list."] },
    });
  });

  it("gets its guest back by hand where the sync could not tell it", async () => {
    expect((await patch(2, { virtual_machine: 3 })).body).toMatchObject({
      display: "Vm9 - 9-1",
      virtual_machine: { id: 3 },
    });
  });
});

describe("a deleted replication", () => {
  it("is gone", async () => {
    const id = idOf(await post());
    const gone = await api.call(`${path}${id}/`, { method: "DELETE" });
    expect(gone).toMatchObject({ status: 204, text: "" });
    const again = await api.call(`${path}${id}/`, { method: "DELETE" });
    expect(again).toMatchObject({ status: 404, body: { detail: "No Replication matches the given query." } });
  });
});
