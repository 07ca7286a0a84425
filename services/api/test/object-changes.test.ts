import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { type Answer, type ApiFixture, createApiFixture, idsOf } from "./api-fixture.ts";
import { seedInventory } from "./inventory.ts";

const path = "/api/core/object-changes/";
const endpointsPath = "/api/plugins/proxbox/endpoints/proxmox/";
const withId = z.looseObject({ id: z.number() });

describe("the change log", () => {
  let api: ApiFixture;
  let created: Answer;
  let endpointId: number;
  const requestId = (answer: Answer): string => answer.headers.get("x-request-id") ?? "";
  const found = async (query: string): Promise<number[]> => idsOf(await api.call(`${path}?${query}`));

  beforeAll(async () => {
    api = await createApiFixture();
    await seedInventory(api);
    await api.query("insert into tag (id, name, slug) values (1, 'Prod', 'prod')");
    created = await api.call(endpointsPath, {
      method: "POST",
      body: {
        mode: "cluster",
        name: "new",
        domain: "new.example",
        token_value: "t0ken",
        tags: [1],
        changelog_message: "msg!",
      },
    });
    endpointId = withId.parse(created.body).id;
    await api.query(
      `insert into object_change (user_name, request_id, action, changed_object_type, changed_object_id, object_repr,
         postchange_data, time) values ('proxbox-sync', gen_random_uuid(), 'create', 'netbox_proxbox.replication', 1,
         'vm100 - 100-0', '{}', '2020-01-01')`,
    );
  });
  afterAll(() => api.close());

  test("an entry names who changed what, and shows the object as it is now", async () => {
    const { status, body } = await api.call(`${path}1/`);
    expect(status).toBe(200);
    expect(body).toEqual({
      id: 1,
      url: `${api.origin}${path}1/`,
      display_url: `${api.origin}/core/object-changes/1/`,
      display: "Proxbox | Proxmox endpoint new (new.example) created by admin",
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      user: {
        id: 1,
        url: `${api.origin}/api/users/users/1/`,
        display: "admin",
        username: "admin",
      },
      user_name: "admin",
      request_id: requestId(created),
      action: { value: "create", label: "Created" },
      changed_object_type: "netbox_proxbox.proxmoxendpoint",
      changed_object_id: endpointId,
      changed_object: {
        id: endpointId,
        url: `${api.origin}${endpointsPath}${endpointId}/`,
        display: "new (new.example)",
        name: "new",
        domain: "new.example",
        port: 8006,
      },
      object_repr: "new (new.example)",
      message: "msg!",
      prechange_data: {},
      postchange_data: expect.objectContaining({ name: "new", tags: ["Prod"], custom_fields: {} }),
    });
    expect(JSON.stringify(body)).not.toContain("t0ken");
    expect((await api.call(path, { method: "POST", body: {} })).status).toBe(405);
  });

  test("a change by a sync has no user; objects that are gone are null, and the newest entry is first", async () => {
    const deleted = await api.call(`${endpointsPath}${endpointId}/`, { method: "DELETE" });
    expect(deleted.status).toBe(204);
    const { body } = await api.call(path);
    expect(body).toMatchObject({
      count: 3,
      results: [
        { id: 3, action: { value: "delete", label: "Deleted" }, changed_object: null, postchange_data: {} },
        { id: 1, changed_object: null },
        {
          id: 2,
          user: null,
          user_name: "proxbox-sync",
          display: "Proxbox | Replication vm100 - 100-0 created by proxbox-sync",
          changed_object: { id: 1, replication_id: "100-0" },
        },
      ],
    });
  });

  test("filters", async () => {
    expect(await found(`request_id=${requestId(created)}`)).toEqual([1]);
    expect(await found("changed_object_type=netbox_proxbox.replication")).toEqual([2]);
    expect(await found(`changed_object_id=${endpointId}&action=delete`)).toEqual([3]);
    expect(await found("action=create&action=delete")).toEqual([3, 1, 2]);
    expect(await found("user=admin")).toEqual([3, 1]);
    expect(await found("user_id=1")).toEqual([3, 1]);
    expect(await found("user_name__isw=proxbox")).toEqual([2]);
    expect(await found("time_before=2021-01-01")).toEqual([2]);
    expect(await found("time_after=2021-01-01")).toEqual([3, 1]);
    expect(await found("q=vm100")).toEqual([2]);
    const refused = await api.call(`${path}?request_id=x&action=y&user=nobody&time_after=z`);
    expect(refused.status).toBe(400);
    expect(refused.body).toEqual({
      request_id: ["Enter a valid UUID."],
      action: ["Select a valid choice. y is not one of the available choices."],
      user: ["Select a valid choice. nobody is not one of the available choices."],
      time_after: ["Enter a valid date/time."],
    });
  });

  test("objects are found by the request that created or changed them", async () => {
    const own = `${endpointsPath}1/`;
    const changed = await api.call(own, { method: "PATCH", body: { name: "renamed" } });
    const by = async (name: string) =>
      idsOf(await api.call(`${endpointsPath}?${name}=${requestId(changed)}`));
    expect(await by("updated_by_request")).toEqual([1]);
    expect(await by("modified_by_request")).toEqual([1]);
    expect(await by("created_by_request")).toEqual([]);
    const refused = await api.call(`${endpointsPath}?created_by_request=x`);
    expect(refused.body).toEqual({ created_by_request: ["Enter a valid UUID."] });
  });
});
