import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type ApiFixture, createApiFixture, idsOf } from "./api-fixture.ts";
import { seedInventory } from "./inventory.ts";

const path = "/api/plugins/proxbox/replications/";

describe("replications", () => {
  let api: ApiFixture;
  const ids = async (search: string): Promise<number[]> => {
    const answer = await api.call(`${path}?${search}`);
    if (answer.status !== 200) throw new Error(`${search}: ${answer.status} ${answer.text}`);
    return idsOf(answer);
  };
  const refusal = async (search: string): Promise<unknown> => {
    const { status, body } = await api.call(`${path}?${search}`);
    expect({ search, status }).toEqual({ search, status: 400 });
    return body;
  };

  beforeAll(async () => {
    api = await createApiFixture();
    await seedInventory(api);
  });
  afterAll(async () => {
    await api.close();
  });

  test("one is sent in NetBox's shape, with the state behind the original's keys", async () => {
    const { status, text, headers } = await api.call(`${path}1/`);
    const base = api.origin;
    expect(status).toBe(200);
    expect(text).toBe(
      JSON.stringify({
        id: 1,
        url: `${base}/api/plugins/proxbox/replications/1/`,
        display: "vm100 - 100-0",
        endpoint: {
          id: 1,
          url: `${base}/api/plugins/proxbox/endpoints/proxmox/1/`,
          display: "pve1",
          name: "pve1",
        },
        replication_id: "100-0",
        virtual_machine: {
          id: 1,
          url: `${base}/api/virtualization/virtual-machines/1/`,
          display_url: `${base}/virtualization/virtual-machines/1/`,
          display: "vm100",
          name: "vm100",
        },
        proxmox_node: {
          id: 2,
          url: `${base}/api/plugins/proxbox/proxmox-nodes/2/`,
          display: "node2 (pve1)",
          name: "node2",
          node_id: 2,
          online: false,
        },
        guest: 100,
        target: "node2",
        job_type: { value: "local", label: "Local" },
        schedule: "*/15",
        rate: 10.5,
        comment: "hello 100%",
        disable: false,
        source: "node1",
        jobnum: 0,
        remove_job: null,
        status: { value: "active", label: "Active" },
        raw_config: { a: [1] },
        tags: [],
        custom_fields: {},
        created: "2026-11-23T14:24:57.305186Z",
        last_updated: "2026-11-23T14:24:58Z",
        state: { value: "failing", label: "Failing" },
        state_reason: "no route",
        last_sync: "2026-11-23T14:15:00Z",
        last_try: "2026-11-23T14:30:00Z",
        next_sync: "2026-11-23T14:45:00.500000Z",
        duration: 3.25,
        fail_count: 2,
        error: "no route",
      }),
    );
    expect(headers.get("content-type")).toBe("application/json");
    expect(headers.get("etag")).toBe('W/"2026-11-23T14:24:58+00:00"');
    expect(headers.get("allow")).toBe("GET, PUT, PATCH, DELETE, HEAD, OPTIONS");
  });

  test("one whose guest is not resolved is shown by the guest's number, and without a runtime by nulls", async () => {
    const { body } = await api.call(`${path}2/`);
    expect(body).toMatchObject({
      display: "9 - 9-1",
      virtual_machine: null,
      proxmox_node: null,
      state: { value: "unknown" },
      last_sync: null,
      fail_count: null,
    });
  });

  test("the default order is endpoint, replication id as text, and none without an endpoint first", async () => {
    expect(await ids("")).toEqual([1, 2, 3, 4]);
    expect(await ids("ordering=-endpoint")).toEqual([4, 3, 2, 1]);
  });

  test.each([
    ["guest=100&guest=9", [1, 2, 3]],
    ["guest__gte=9&guest__lt=100", [2]],
    ["guest__n=100", [2, 4]],
    ["guest__gt=99999999999999999999", []],
    ["guest=1e3&guest=", null],
    ["guest=100.0", [1, 3]],
    ["target=node2&target=node9", [1, 2, 4]],
    ["target=node2,node9", []],
    ["target=NODE2", []],
    ["target=%20node2%20", [1, 2]],
    ["target__ie=NODE2", [1, 2]],
    ["target__ic=_", [3]],
    ["comment__ic=%25", [1, 2, 3, 4]],
    ["schedule__isw=%2A", [1, 2]],
    ["schedule__empty=true", [3, 4]],
    ["schedule__empty=1", [1, 2, 3, 4]],
    ["target__iew=NODE", [3]],
    ["target__nisw=node", [3]],
    ["target__regex=%5Enode%5B29%5D%24", [1, 2, 4]],
    ["target__iregex=%5ENODE", [1, 2, 4]],
    ["source=null", [2]],
    ["source__n=null", [1, 3, 4]],
    ["source__nic=node", [2]],
    ["endpoint=1&endpoint=2", [3]],
    ["endpoint=null", [4]],
    ["endpoint__n=2", [1, 2, 4]],
    ["endpoint__n=null", [1, 2, 3]],
    ["virtual_machine=1", [1]],
    ["proxmox_node=null", [2, 3, 4]],
    ["status=active&status=stale", [3]],
    ["status=bogus&status=active", [1, 2, 4]],
    ["status__ic=ACT", [1, 2, 4]],
    ["remove_job=null", [1, 2, 3, 4]],
    ["disable=false", [1, 2, 3, 4]],
    ["disable=true", []],
    ["disable=1", [1, 2, 3, 4]],
    ["state=failing&state=stale", [1, 3]],
    ["created=2026-11-23T14:24:57.305186Z", [1]],
    ["created=2026-11-23T14:24:57.305187Z", []],
    ["created=2026-11-23T15:24:57.305186%2B01:00", [1]],
    ["last_updated__lte=2026-11-23T14:24:58", [1]],
    ["q=HELLO", [1]],
    ["q=100%25", [1]],
    ["q=vm9", [4]],
    ["q=GR%C3%9C%C3%9FE", [4]],
    ["q=%20", [1, 2, 3, 4]],
    ["bogus=1&endpoint_id=2&disable__n=true&rate__gt=1", [1, 2, 3, 4]],
    ["created_by_request=8fe1bfbd-246f-4b2f-862c-4c33b539746e", []],
  ])("?%s", async (search, expected) => {
    if (expected === null) expect(await refusal(search)).toEqual({ guest: ["Enter a whole number."] });
    else expect((await ids(search)).sort()).toEqual(expected);
  });

  test("every bad parameter is named in one answer", async () => {
    const body = await refusal(
      "guest__gte=x&endpoint=99&status=foo&created__gt=never&created_by_request=1&target=%00&virtual_machine=abc",
    );
    const unknown = ["Select a valid choice. That choice is not one of the available choices."];
    expect(body).toEqual({
      guest__gte: ["Enter a whole number."],
      endpoint: unknown,
      status: ["Select a valid choice. foo is not one of the available choices."],
      created__gt: ["Enter a valid date/time."],
      created_by_request: ["Enter a valid UUID."],
      target: ["Null characters are not allowed."],
      virtual_machine: unknown,
    });
  });

  test("a broken regular expression is the client's fault", async () => {
    expect(await refusal("target__regex=%5B")).toEqual({
      target__regex: ["Enter a valid regular expression."],
    });
  });

  test("pages link to each other with all parameters, sorted and encoded again", async () => {
    const { body } = await api.call(`${path}?limit=1&offset=1&x=1,2&bogus=a%20b`);
    expect(body).toMatchObject({
      count: 4,
      next: `${api.origin}${path}?bogus=a+b&limit=1&offset=2&x=1%2C2`,
      previous: `${api.origin}${path}?bogus=a+b&limit=1&x=1%2C2`,
    });
  });

  test("an offset beyond the end is an empty page", async () => {
    const { body } = await api.call(`${path}?limit=5&offset=1000`);
    expect(body).toEqual({
      count: 4,
      next: null,
      previous: `${api.origin}${path}?limit=5&offset=995`,
      results: [],
    });
  });

  test("a cursor walks by id, without a count", async () => {
    const { body } = await api.call(`${path}?start=2&limit=2`);
    expect(body).toMatchObject({
      count: null,
      next: `${api.origin}${path}?limit=2&start=4`,
      previous: null,
      results: [{ id: 2 }, { id: 3 }],
    });
    expect(await refusal("start=-1")).toEqual(["Invalid 'start' parameter: must be a non-negative integer."]);
    expect(await refusal("start=1&offset=0")).toEqual(["'start' and 'offset' are mutually exclusive."]);
    expect(await refusal("start=1&ordering=id")).toEqual([
      "Ordering cannot be specified in conjunction with cursor-based pagination.",
    ]);
  });

  test("rows are ordered by what is asked for, and other terms are dropped", async () => {
    expect(await ids("ordering=-guest,%20id")).toEqual([1, 3, 2, 4]);
    expect(await ids("ordering=nope,display,--id,custom_fields")).toEqual([1, 2, 3, 4]);
    expect(await ids("ordering=rate")).toEqual([1, 2, 3, 4]);
    expect(await ids("ordering=-rate,id")).toEqual([2, 3, 4, 1]);
    expect(await ids("ordering=virtual_machine")).toEqual([4, 1, 3, 2]);
  });

  test("fields, omit and brief choose what is sent", async () => {
    const keys = async (search: string): Promise<string[]> =>
      Object.keys((await api.call(`${path}1/?${search}`)).body ?? {});
    expect(await keys("fields=target,id,nope")).toEqual(["id", "target"]);
    expect(await keys("fields=%20id")).toEqual([]);
    expect(await keys("brief=0")).toEqual([
      "id",
      "url",
      "display",
      "replication_id",
      "virtual_machine",
      "target",
      "status",
    ]);
    expect(await keys("omit=raw_config,tags&brief=1")).not.toContain("tags");
    expect(await keys("brief=")).toContain("raw_config");
  });

  test("an id that is not there is named after the model, and one that is none is just not found", async () => {
    for (const id of ["99", "0", "-1", "99999999999999999999"]) {
      const { status, body } = await api.call(`${path}${id}/`);
      expect({ id, status, body }).toEqual({
        id,
        status: 404,
        body: { detail: "No Replication matches the given query." },
      });
    }
    for (const id of ["abc", "1.0"]) {
      expect((await api.call(`${path}${id}/`)).body).toEqual({ detail: "Not found." });
    }
  });

  test("what a list has and an object has not is 405", async () => {
    const { status, body, headers } = await api.call(`${path}1/`, { method: "POST", body: {} });
    expect(status).toBe(405);
    expect(body).toEqual({ detail: 'Method "POST" not allowed.' });
    expect(headers.get("allow")).toBe("GET, PUT, PATCH, DELETE, HEAD, OPTIONS");
  });

  test("nothing of this was an error of ours", () => {
    expect(api.errors).toEqual([]);
  });
});
