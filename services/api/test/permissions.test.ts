import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { type ApiFixture, createApiFixture, idsOf } from "./api-fixture.ts";
import { createCaller } from "./caller-fixture.ts";
import { seedInventory } from "./inventory.ts";

const replications = "/api/plugins/proxbox/replications/";
const endpoints = "/api/plugins/proxbox/endpoints/proxmox/";
const described = z.looseObject({ actions: z.record(z.string(), z.unknown()).optional() });
const denied = { detail: "You do not have permission to perform this action." };

describe("object permissions", () => {
  let api: ApiFixture;
  let users = 0;
  const newCaller = () => createCaller(api, `user${++users}`);

  beforeAll(async () => {
    api = await createApiFixture();
    await seedInventory(api);
    await api.query(`with t as (insert into tag (name, slug) values ('Prod', 'prod') returning id)
      insert into tagged_item (object_type, object_id, tag_id) select 'netbox_proxbox.replication', 2, id from t`);
  });
  afterAll(async () => {
    await api.close();
  });

  test("without one everything is 403, also what does not exist", async () => {
    const { call } = await newCaller();
    for (const [method, path] of [
      ["GET", replications],
      ["GET", `${replications}1/`],
      ["GET", `${replications}999/`],
      ["POST", endpoints],
      ["PATCH", `${endpoints}999/`],
      ["DELETE", `${endpoints}1/`],
    ] as const) {
      const { status, body } = await call(path, { method, ...(method === "GET" ? {} : { body: {} }) });
      expect({ method, path, status, body }).toEqual({ method, path, status: 403, body: denied });
    }
    expect((await call(replications, { method: "HEAD" })).status).toBe(403);
    expect((await call(replications, { method: "OPTIONS" })).status).toBe(200);
    expect((await call("/api/")).status).toBe(200);
  });

  test("each method needs its own action", async () => {
    const { call, grant } = await newCaller();
    await grant("netbox_proxbox.proxmoxendpoint", ["view"]);
    expect((await call(endpoints)).body).toMatchObject({ count: 2 });
    expect(await call(`${endpoints}1/`, { method: "PATCH", body: {} })).toMatchObject({
      status: 403,
      body: denied,
    });
    await grant("netbox_proxbox.proxmoxendpoint", ["change"]);
    expect((await call(`${endpoints}1/`, { method: "PATCH", body: { version: "8" } })).status).toBe(200);
    expect(await call(`${endpoints}1/`, { method: "DELETE" })).toMatchObject({ status: 403, body: denied });
    expect((await call(replications)).status).toBe(403);
  });

  test("a constraint decides what lists, counts and details show", async () => {
    const { call, grant } = await newCaller();
    await grant("netbox_proxbox.replication", ["view"], { status: "active", endpoint__name: "pve1" });
    const list = await call(`${replications}?limit=1`);
    expect(list.body).toMatchObject({ count: 2, previous: null });
    expect(idsOf(await call(`${replications}?ordering=id`))).toEqual([1, 2]);
    expect(idsOf(await call(`${replications}?id=1&id=3`))).toEqual([1]);
    expect(idsOf(await call(`${replications}?start=0`))).toEqual([1, 2]);
    expect((await call(`${replications}1/`)).status).toBe(200);
    expect(await call(`${replications}3/`)).toMatchObject({
      status: 404,
      body: { detail: "No Replication matches the given query." },
    });
  });

  test("one of several sets is enough, of one permission or of several", async () => {
    const { call, grant } = await newCaller();
    await grant("netbox_proxbox.replication", ["view"], [{ id: 1 }, { endpoint_id: 2 }]);
    expect(idsOf(await call(`${replications}?ordering=id`))).toEqual([1, 3]);
    await grant("netbox_proxbox.replication", ["view"], { endpoint: null });
    expect(idsOf(await call(`${replications}?ordering=id`))).toEqual([1, 3, 4]);
    await grant("netbox_proxbox.replication", ["view"], {});
    expect((await call(replications)).body).toMatchObject({ count: 4 });
  });

  test.each([
    [{ id__in: [1, 4] }, [1, 4]],
    [{ pk: 2 }, [2]],
    [{ guest__gte: 100, guest__lt: 101 }, [1, 3]],
    [{ target__startswith: "node" }, [1, 2, 4]],
    [{ target__startswith: "Node" }, []],
    [{ target__istartswith: "NODE" }, [1, 2, 4]],
    [{ target__contains: "up_no" }, [3]],
    [{ target__endswith: "2" }, [1, 2]],
    [{ comment__contains: "0%" }, [1]],
    [{ comment__icontains: "GRÜSSE" }, []],
    [{ comment__icontains: "GRÜ" }, [4]],
    [{ target__contains: "." }, []],
    [{ target__iexact: "NODE9" }, [4]],
    [{ source__isnull: true }, [2]],
    [{ source__isnull: false }, [1, 3, 4]],
    [{ source: null }, [2]],
    [{ endpoint__in: [1] }, [1, 2]],
    [{ endpoint__id: 2 }, [3]],
    [{ virtual_machine__name__startswith: "Vm" }, [4]],
    [{ status: { $ne: 1 } }, []],
    [{ disable: false, rate__gt: 10 }, [1]],
    [{ tags__slug: "prod" }, [2]],
    [{ tags__slug__in: ["prod", "lab"], status: "active" }, [2]],
    [{ tags__slug__isnull: true }, [1, 3, 4]],
    [{ created__lt: "2020-01-01" }, []],
  ])("%j", async (constraints, expected) => {
    const { call, grant } = await newCaller();
    await grant("netbox_proxbox.replication", ["view"], constraints);
    expect(idsOf(await call(`${replications}?ordering=id`))).toEqual(expected);
  });

  const unusable: unknown[] = [
    { nope: 1 },
    { status__regex: "." },
    { tags__color: "red" },
    { status__nope: "active" },
    { endpoint__site__name: "x" },
    { endpoint__password_sealed: "x" },
    { guest: "many" },
    { guest: [1] },
    { raw_config: {} },
    { display: "vm100 - 100-0" },
    { id__in: 1 },
    { constructor: 1 },
    { created__gt: "yesterday" },
    "all",
    [["id", 1]],
  ];
  test.each(unusable.map((constraints): [unknown] => [constraints]))(
    "%j cannot be asked, and lets nothing through",
    async (constraints) => {
      const { call, grant } = await newCaller();
      await grant("netbox_proxbox.replication", ["view"], constraints);
      expect((await call(replications)).body).toMatchObject({ count: 0, results: [] });
      expect((await call(`${replications}1/`)).status).toBe(404);
      // What can be asked beside it still counts.
      await grant("netbox_proxbox.replication", ["view"], { id: 1 });
      expect((await call(replications)).body).toMatchObject({ count: 1 });
    },
  );

  test("what cannot be asked is told once", async () => {
    const { call, grant } = await newCaller();
    await grant("netbox_proxbox.replication", ["view"], { told_once: 1 });
    await call(replications);
    await call(`${replications}1/`);
    expect(api.warnings.filter((line) => line.includes("told_once"))).toHaveLength(1);
  });

  test("nobody writes an object beyond reach, nor out of it", async () => {
    const { call, grant } = await newCaller();
    await grant("netbox_proxbox.proxmoxendpoint", ["add", "change", "delete"], { name__startswith: "lab" });
    const post = await call(endpoints, {
      method: "POST",
      body: { name: "prod", mode: "cluster", domain: "a.example" },
    });
    expect(post).toMatchObject({ status: 403, body: denied });
    const body = { name: "lab1", mode: "cluster", domain: "a.example" };
    const { status, headers } = await call(endpoints, { method: "POST", body });
    expect(status).toBe(201);
    const path = new URL(headers.get("location") ?? "").pathname;
    expect(await call(path, { method: "PATCH", body: { name: "prod" } })).toMatchObject({
      status: 403,
      body: denied,
    });
    expect(await api.query("select name from endpoint where name in ('prod', 'lab1')")).toEqual([
      { name: "lab1" },
    ]);
    expect(await api.query("select action from object_change where object_repr like 'prod%'")).toEqual([]);
    expect(await call(`${endpoints}1/`, { method: "PATCH", body: {} })).toMatchObject({
      status: 404,
      body: { detail: "No ProxmoxEndpoint matches the given query." },
    });
    expect((await call(`${endpoints}1/`, { method: "DELETE" })).status).toBe(404);
    expect((await call(path, { method: "DELETE" })).status).toBe(204);
  });

  test("bulk writes leave out what is beyond reach, and bring nothing out of it", async () => {
    const { call, grant } = await newCaller();
    await api.query(
      "insert into endpoint (id, name, domain, mode) values (21, 'bulk1', 'a', 'cluster'), (22, 'other', 'b', 'cluster'), (23, 'bulk2', 'c', 'cluster')",
    );
    const bodies = (fields: object) => [21, 22, 23, 999].map((id) => ({ id, ...fields }));
    for (const method of ["PATCH", "PUT", "DELETE"]) {
      expect(await call(endpoints, { method, body: bodies({}) })).toMatchObject({
        status: 403,
        body: denied,
      });
    }
    await grant("netbox_proxbox.proxmoxendpoint", ["add", "change", "delete"], { name__startswith: "bulk" });
    const patched = await call(endpoints, { method: "PATCH", body: bodies({ version: "9" }) });
    expect(patched).toMatchObject({ status: 200, body: [{ id: 21 }, { id: 23 }] });
    expect(patched.body).toHaveLength(2);
    const leaving = [
      { id: 21, version: "10" },
      { id: 23, name: "escaped" },
    ];
    expect(await call(endpoints, { method: "PATCH", body: leaving })).toMatchObject({
      status: 403,
      body: denied,
    });
    const items = ["bulk3", "stranger"].map((name) => ({ name, mode: "cluster", domain: "d.example" }));
    expect(await call(endpoints, { method: "POST", body: items })).toMatchObject({
      status: 403,
      body: denied,
    });
    const rows = () =>
      api.query("select id, name, version from endpoint where id > 20 and id < 100 order by id");
    const kept = { id: 22, name: "other", version: null };
    expect(await rows()).toEqual([
      { id: 21, name: "bulk1", version: "9" },
      kept,
      { id: 23, name: "bulk2", version: "9" },
    ]);
    expect(await api.query("select id from endpoint where name in ('bulk3', 'stranger')")).toEqual([]);
    expect((await call(endpoints, { method: "DELETE", body: bodies({}) })).status).toBe(204);
    expect(await rows()).toEqual([kept]);
    await api.query("delete from endpoint where id = 22");
  });

  test("a reference by attributes means what may be viewed, one by id means anything", async () => {
    const { call, grant } = await newCaller();
    await grant("netbox_proxbox.replication", ["change"]);
    const patch = (endpoint: unknown) => call(`${replications}4/`, { method: "PATCH", body: { endpoint } });
    const refused = {
      status: 400,
      body: { endpoint: ["Related object not found using the provided attributes: {'name': 'pve1'}"] },
    };
    expect(await patch({ name: "pve1" })).toMatchObject(refused);
    // What is referred to is shown, although it may not be viewed.
    expect(await patch(1)).toMatchObject({ status: 200, body: { endpoint: { id: 1, name: "pve1" } } });
    expect(await patch({ id: 2 })).toMatchObject({ status: 200, body: { endpoint: { id: 2 } } });
    await grant("netbox_proxbox.proxmoxendpoint", ["view"], { name: "pve2" });
    expect(await patch({ name: "pve1" })).toMatchObject(refused);
    expect((await patch({ name: "pve2" })).status).toBe(200);
    await api.query("update replication set endpoint_id = null where id = 4");
  });

  test("OPTIONS tells what the caller may write", async () => {
    const { call, grant } = await newCaller();
    const actions = async (): Promise<unknown> => {
      const { status, body } = await call(endpoints, { method: "OPTIONS" });
      expect(status).toBe(200);
      return Object.keys(described.parse(body).actions ?? {});
    };
    await grant("netbox_proxbox.proxmoxendpoint", ["view"]);
    expect(await actions()).toEqual([]);
    await grant("netbox_proxbox.proxmoxendpoint", ["change"]);
    expect(await actions()).toEqual(["PUT"]);
    await grant("netbox_proxbox.proxmoxendpoint", ["add"]);
    expect(await actions()).toEqual(["POST", "PUT"]);
  });

  test("groups share permissions, and disabled ones do not count", async () => {
    const { id, call, grant } = await newCaller();
    const permission = await grant("netbox_proxbox.replication", ["view"]);
    await api.query("update object_permission set enabled = false where id = $1", [permission]);
    expect((await call(replications)).status).toBe(403);
    await api.query(
      `with g as (insert into user_group (name) values ('readers') returning id),
         m as (insert into user_account_group (user_id, group_id) select $1, g.id from g),
         p as (insert into object_permission (name, object_types, actions)
           values ('read', '["netbox_proxbox.replication"]', '["view"]') returning id)
       insert into object_permission_group (permission_id, group_id) select p.id, g.id from p, g`,
      [id],
    );
    expect((await call(replications)).body).toMatchObject({ count: 4 });
  });

  test("who may add jobs starts syncs, who may delete and view them cancels", async () => {
    const { call, grant } = await newCaller();
    const refused = { status: 403, body: { detail: "You do not have permission to enqueue sync jobs." } };
    const full = "/api/plugins/proxbox/sync/full/";
    expect(await call(full, { method: "POST", body: {} })).toMatchObject(refused);
    expect(await call(`${endpoints}1/sync/`, { method: "POST", body: {} })).toMatchObject(refused);
    await grant("core.job", ["add"]);
    const accepted = await call(full, { method: "POST", body: {} });
    expect(accepted.status).toBe(202);
    expect((await call(`${endpoints}1/sync/`, { method: "POST", body: {} })).status).toBe(404);
    await grant("netbox_proxbox.proxmoxendpoint", ["view"], { id: 1 });
    expect((await call(`${endpoints}1/sync/`, { method: "POST", body: {} })).status).toBe(202);
    expect((await call(`${endpoints}2/sync/`, { method: "POST", body: {} })).status).toBe(404);
    const id = /"id":(\d+)/.exec(accepted.text)?.[1] ?? "";
    const cancel = `/api/plugins/proxbox/jobs/${id}/cancel/`;
    expect(await call(cancel, { method: "POST" })).toMatchObject({ status: 403, body: denied });
    await grant("core.job", ["delete"]);
    expect((await call(cancel, { method: "POST" })).status).toBe(404);
    await grant("core.job", ["view"], { user: "$user" });
    expect((await call(cancel, { method: "POST" })).status).toBe(200);
    const [foreign] = await api.query(
      `insert into job (job_id, name, status, mode, sync_types, request_key, user_id)
       values (gen_random_uuid(), 'Proxbox Sync', 'pending', 'full', '["all"]', 'other', 1) returning id`,
    );
    const other = `/api/plugins/proxbox/jobs/${String(foreign?.["id"])}/cancel/`;
    expect((await call(other, { method: "POST" })).status).toBe(404);
  });

  test("nothing of this was an error of ours", () => {
    expect(api.errors).toEqual([]);
  });
});
