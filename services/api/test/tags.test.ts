import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { type Answer, type ApiFixture, createApiFixture, idsOf } from "./api-fixture.ts";
import { createCaller } from "./caller-fixture.ts";
import { seedInventory } from "./inventory.ts";

const tagsPath = "/api/extras/tags/";
const endpointsPath = "/api/plugins/proxbox/endpoints/proxmox/";
const replicationsPath = "/api/plugins/proxbox/replications/";

describe("tags", () => {
  let api: ApiFixture;
  const send = (method: string, path: string, body: unknown): Promise<Answer> =>
    api.call(path, { method, body });
  const namesOf = ({ body }: Answer): unknown =>
    typeof body === "object" && body !== null && "tags" in body && Array.isArray(body.tags)
      ? body.tags.map((tag: unknown) =>
          typeof tag === "object" && tag !== null && "name" in tag ? tag.name : tag,
        )
      : body;
  const tagged = async (query: string): Promise<number[]> =>
    idsOf(await api.call(`${replicationsPath}?ordering=id&${query}`));
  const refused = async (query: string): Promise<unknown> => {
    const answer = await api.call(`${replicationsPath}?${query}`);
    expect(answer.status).toBe(400);
    return answer.body;
  };

  beforeAll(async () => {
    api = await createApiFixture();
    await seedInventory(api);
    await api.query(`insert into tag (id, name, slug, weight) values
      (1, 'Prod', 'prod', 1000), (2, 'Dev Env', 'dev-env', 1000), (3, 'First', 'first', 1), (4, 'Unused', 'unused', 1000)`);
    await api.query(`select setval(pg_get_serial_sequence('tag', 'id'), 100)`);
    await api.query(`insert into tagged_item (object_type, object_id, tag_id) values
      ('netbox_proxbox.replication', 1, 1), ('netbox_proxbox.replication', 1, 2), ('netbox_proxbox.replication', 1, 3),
      ('netbox_proxbox.replication', 2, 1), ('virtualization.virtualmachine', 3, 2)`);
  });
  afterAll(() => api.close());

  test("a tag in full and in brief, created, changed and deleted", async () => {
    const created = await send("POST", tagsPath, {
      name: "Backup",
      slug: "backup",
      color: "ff00aa",
      object_types: ["netbox_proxbox.replication"],
    });
    expect(created.status).toBe(201);
    expect(created.headers.get("etag")).toMatch(/^W\//);
    expect(created.body).toEqual({
      id: 101,
      url: `${api.origin}${tagsPath}101/`,
      display_url: `${api.origin}/extras/tags/101/`,
      display: "Backup",
      name: "Backup",
      slug: "backup",
      color: "ff00aa",
      description: "",
      weight: 1000,
      object_types: ["netbox_proxbox.replication"],
      tagged_items: 0,
      created: expect.any(String),
      last_updated: expect.any(String),
    });
    const brief = await api.call(`${tagsPath}?brief=1&slug=backup`);
    expect(brief.body).toMatchObject({
      results: [
        {
          id: 101,
          url: `${api.origin}${tagsPath}101/`,
          display: "Backup",
          name: "Backup",
          slug: "backup",
          color: "ff00aa",
          description: "",
        },
      ],
    });
    const patched = await send("PATCH", `${tagsPath}101/`, { weight: 5, description: "kept for a year" });
    expect(patched.body).toMatchObject({ weight: 5, description: "kept for a year", color: "ff00aa" });
    expect((await send("DELETE", `${tagsPath}101/`, undefined)).status).toBe(204);
    expect((await api.call(`${tagsPath}101/`)).status).toBe(404);
    const log = await api.query(
      "select action from object_change where changed_object_type = 'extras.tag' and changed_object_id = 101 order by id",
    );
    expect(log.map(({ action }) => action)).toEqual(["create", "update", "delete"]);
  });

  test("a tag's own mistakes are named by field", async () => {
    const refusedTag = async (body: unknown): Promise<unknown> => (await send("POST", tagsPath, body)).body;
    expect(await refusedTag({})).toEqual({
      name: ["This field is required."],
      slug: ["This field is required."],
    });
    expect(await refusedTag({ name: "x", slug: "a b" })).toEqual({
      slug: ["Enter a valid “slug” consisting of Unicode letters, numbers, underscores, or hyphens."],
    });
    expect(await refusedTag({ name: "Prod", slug: "prod2" })).toEqual({
      name: ["tag with this name already exists."],
    });
    expect(await refusedTag({ name: "x", slug: "x", object_types: ["a.b"] })).toEqual({
      object_types: ["Invalid content type: a.b"],
    });
  });

  test("an object shows its tags by weight, then name", async () => {
    const { body } = await api.call(`${replicationsPath}1/`);
    expect(body).toMatchObject({
      tags: [
        {
          id: 3,
          url: `${api.origin}${tagsPath}3/`,
          display_url: `${api.origin}/extras/tags/3/`,
          display: "First",
          name: "First",
          slug: "first",
          color: "9e9e9e",
        },
        { name: "Dev Env" },
        { name: "Prod" },
      ],
    });
    expect(namesOf(await api.call("/api/virtualization/virtual-machines/3/"))).toEqual(["Dev Env"]);
    expect(namesOf(await api.call(`${replicationsPath}4/`))).toEqual([]);
  });

  test("filters: all of them, none of them, any of them, and null", async () => {
    expect(await tagged("tag=prod")).toEqual([1, 2]);
    expect(await tagged("tag=prod&tag=dev-env")).toEqual([1]);
    expect(await tagged("tag__n=dev-env")).toEqual([2, 3, 4]);
    expect(await tagged("tag__n=dev-env&tag__n=prod")).toEqual([3, 4]);
    expect(await tagged("tag__any=dev-env&tag__any=prod")).toEqual([1, 2]);
    expect(await tagged("tag=null")).toEqual([3, 4]);
    expect(await tagged("tag__n=null")).toEqual([1, 2]);
    expect(await tagged("tag=null&tag=prod")).toEqual([]);
    expect(await tagged("tag__any=null&tag__any=dev-env")).toEqual([1, 3, 4]);
    expect(await tagged("tag_id=1&tag_id=2")).toEqual([1]);
    expect(await tagged("tag_id__n=2")).toEqual([2, 3, 4]);
    expect(await tagged("tag_id__any=2&tag_id__any=1")).toEqual([1, 2]);
    expect(await tagged("tag_id=null")).toEqual([3, 4]);
    expect(await tagged("tag__ic=x")).toEqual([1, 2, 3, 4]);
  });

  test("filters that name no tag", async () => {
    const unknown = (slug: string) => [`Select a valid choice. ${slug} is not one of the available choices.`];
    expect(await refused("tag=")).toEqual({ tag: unknown("") });
    expect(await refused("tag=nope")).toEqual({ tag: unknown("nope") });
    expect(await refused("tag__n=nope&tag__any=no")).toEqual({
      tag__n: unknown("nope"),
      tag__any: unknown("no"),
    });
    expect(await refused("tag_id=abc")).toEqual({ tag_id: ["“abc” is not a valid value."] });
    expect(await refused("tag_id=99")).toEqual({ tag_id: unknown("99") });
  });

  test("a permission may be limited to objects with a tag, and nobody takes the tag off", async () => {
    const { call, grant } = await createCaller(api, "tagger");
    await grant("netbox_proxbox.replication", ["view", "change"], { tags__slug: "first" });
    expect(idsOf(await call(replicationsPath))).toEqual([1]);
    const refusal = await call(`${replicationsPath}1/`, { method: "PATCH", body: { tags: [1, 2] } });
    expect(refusal.status).toBe(403);
    expect(namesOf(await call(`${replicationsPath}1/`))).toEqual(["First", "Dev Env", "Prod"]);
  });

  test("tags are written by id or attributes, kept when left out, and removed by an empty list", async () => {
    const own = `${endpointsPath}1/`;
    const write = async (tags: unknown) => namesOf(await send("PATCH", own, { tags }));
    expect(await write([1])).toEqual(["Prod"]);
    expect(await write(["2", { slug: "prod" }, { name: "Prod" }, 1])).toEqual(["Dev Env", "Prod"]);
    expect(namesOf(await send("PATCH", own, { comment: "x" }))).toEqual(["Dev Env", "Prod"]);
    expect(namesOf(await send("PUT", own, { mode: "cluster", domain: "pve1.example" }))).toEqual([
      "Dev Env",
      "Prod",
    ]);
    expect(await write([])).toEqual([]);
    const [entry] = await api.query(
      `select prechange_data->'tags' as before, postchange_data->'tags' as after from object_change
       where changed_object_type = 'netbox_proxbox.proxmoxendpoint' order by id desc limit 1`,
    );
    expect(entry).toEqual({ before: ["Dev Env", "Prod"], after: [] });
  });

  test("tags that cannot be understood", async () => {
    const errors = async (tags: unknown) => {
      const answer = await send("PATCH", `${endpointsPath}1/`, { tags });
      expect(answer.status).toBe(400);
      return answer.body;
    };
    const received = (value: string) =>
      "Related objects must be referenced by numeric ID or by dictionary of attributes. " +
      `Received an unrecognized value: ${value}`;
    expect(await errors(["prod"])).toEqual({ tags: [received("prod")] });
    expect(await errors([99])).toEqual({
      tags: ["Related object not found using the provided numeric ID: 99"],
    });
    expect(await errors([{ name: "nope" }])).toEqual({
      tags: ["Related object not found using the provided attributes: {'name': 'nope'}"],
    });
    expect(await errors(null)).toEqual({ tags: ["This field may not be null."] });
    expect(await errors([null])).toEqual({ tags: [["This field may not be null."]] });
    expect(await errors("prod")).toEqual({
      tags: { non_field_errors: ['Expected a list of items but got type "str".'] },
    });
    expect(await errors({ name: "Prod" })).toEqual({
      tags: { non_field_errors: ['Expected a list of items but got type "dict".'] },
    });
    expect(await api.query("select 1 from tag where name = 'nope'")).toEqual([]);
  });

  test("single tags are added and removed", async () => {
    const own = `${endpointsPath}2/`;
    const patch = (body: unknown): Promise<Answer> => send("PATCH", own, body);
    expect(namesOf(await patch({ add_tags: [1, { slug: "first" }] }))).toEqual(["First", "Prod"]);
    expect(namesOf(await patch({ add_tags: [2], remove_tags: [1] }))).toEqual(["First", "Dev Env"]);
    expect((await patch({ tags: [1], add_tags: [2] })).body).toEqual({
      tags: ['Cannot specify "tags" together with "add_tags" or "remove_tags".'],
    });
    expect((await patch({ add_tags: [2], remove_tags: [2] })).body).toEqual({
      remove_tags: ['Tags may not be present in both "add_tags" and "remove_tags": Dev Env'],
    });
    expect((await patch({ add_tags: ["nope"] })).status).toBe(400);
    expect(namesOf(await patch({ tags: [], add_tags: [1] }))).toEqual([]);
    const endpoint = { mode: "cluster", domain: "new.example" };
    expect((await send("POST", endpointsPath, { ...endpoint, remove_tags: [1] })).body).toEqual({
      remove_tags: ['Cannot use "remove_tags" when creating a new object.'],
    });
    const created = await send("POST", endpointsPath, { ...endpoint, add_tags: [1] });
    expect(created.status).toBe(201);
    expect(created.body).not.toHaveProperty("add_tags");
    expect(namesOf(created)).toEqual(["Prod"]);
  });

  test("many objects are tagged by one request", async () => {
    const { status, body } = await send("PATCH", replicationsPath, [
      { id: 1, add_tags: [{ slug: "unused" }], remove_tags: [1] },
      { id: 2, tags: [] },
      { id: 3, tags: [2, 1] },
    ]);
    expect(status).toBe(200);
    const names = z
      .array(z.looseObject({ id: z.number(), tags: z.array(z.looseObject({ name: z.string() })) }))
      .parse(body)
      .map(({ id, tags }) => [id, tags.map(({ name }) => name)]);
    expect(Object.fromEntries(names)).toEqual({
      1: ["First", "Dev Env", "Unused"],
      2: [],
      3: ["Dev Env", "Prod"],
    });
    const refused = await send("PATCH", replicationsPath, [
      { id: 1, tags: ["nope"] },
      { id: 2, tags: [1] },
    ]);
    expect(refused.status).toBe(400);
    expect(await tagged("tag=prod")).toEqual([3]);
  });

  test("assignments go with their object, also by a cascade, and with their tag", async () => {
    const assignments = () =>
      api.query(
        "select object_type, object_id, tag_id from tagged_item where object_type = 'netbox_proxbox.replication' order by 1, 2, 3",
      );
    expect(await assignments()).toHaveLength(5);
    expect((await send("DELETE", `${tagsPath}3/`, undefined)).status).toBe(204);
    expect(await assignments()).toHaveLength(4);
    for (const id of [1, 2]) {
      expect((await send("DELETE", `${endpointsPath}${id}/`, undefined)).status).toBe(204);
    }
    expect(await assignments()).toEqual([]);
  });
});
