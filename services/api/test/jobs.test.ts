import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { type ApiFixture, createApiFixture, idsOf } from "./api-fixture.ts";
import { seedInventory } from "./inventory.ts";

const jobSchema = z.looseObject({ id: z.number() });

describe("jobs", () => {
  let api: ApiFixture;
  const sync = (path: string, body?: unknown) =>
    api.call(`/api/plugins/proxbox/${path}`, { method: "POST", body });

  beforeAll(async () => {
    api = await createApiFixture();
    await seedInventory(api);
    await api.query("update endpoint set enabled = false where id = 2");
  });
  afterAll(async () => {
    await api.close();
  });

  test("a full sync is accepted as a job in NetBox's shape", async () => {
    const { status, body, headers } = await sync("sync/full/");
    const { id } = jobSchema.parse(body);
    expect(status).toBe(202);
    expect(headers.get("location")).toBe(`${api.origin}/api/core/jobs/${id}/`);
    expect(api.requests.at(-1)).toEqual({
      mode: "full",
      endpointIds: null,
      syncTypes: ["all"],
      user: { id: 1, username: "admin" },
    });
    expect(Object.keys(body ?? {}).join(" ")).toBe(
      "id url display_url display object_type object_id object name status created scheduled interval started " +
        "completed user data error job_id queue_name notifications log_entries",
    );
    expect(body).toMatchObject({
      url: `${api.origin}/api/core/jobs/${id}/`,
      display_url: `${api.origin}/core/jobs/${id}/`,
      display: "Proxbox Sync",
      status: { value: "pending", label: "Pending" },
      scheduled: null,
      user: { id: 1, url: `${api.origin}/api/users/users/1/`, display: "admin", username: "admin" },
      queue_name: "default",
      notifications: { value: "always", label: "Always" },
      log_entries: [],
    });
    expect((await api.call(`/api/core/jobs/${id}/`)).body).toEqual(body);
  });

  test("one endpoint is synced by itself, with the types asked for", async () => {
    const { status } = await sync("endpoints/proxmox/1/sync/", { sync_types: ["replications", "storage"] });
    expect(status).toBe(202);
    expect(api.requests.at(-1)).toMatchObject({
      mode: "individual",
      endpointIds: [1],
      syncTypes: ["replications", "storage"],
    });
  });

  test("an endpoint that is unknown or disabled is not synced", async () => {
    expect(await sync("endpoints/proxmox/99/sync/")).toMatchObject({
      status: 404,
      body: { detail: "No ProxmoxEndpoint matches the given query." },
    });
    expect(await sync("endpoints/proxmox/abc/sync/")).toMatchObject({
      status: 404,
      body: { detail: "Not found." },
    });
    expect(await sync("endpoints/proxmox/2/sync/")).toMatchObject({
      status: 400,
      body: { detail: "pve2 (pve2.example) is disabled. Enable it to sync it." },
    });
  });

  test.each([
    [[], ["Ensure this field has at least 1 elements."]],
    [
      ["bogus", "storage", {}],
      { "0": ['"bogus" is not a valid choice.'], "2": ['"{}" is not a valid choice.'] },
    ],
    ["all", ['Expected a list of items but got type "str".']],
    [null, ["This field may not be null."]],
    [["all", "storage"], ['Cannot combine "all" with other sync types.']],
    [["storage", "storage"], ["Duplicate values are not allowed."]],
  ])("the sync types %j are refused", async (types, expected) => {
    const { status, body } = await sync("sync/full/", { sync_types: types });
    expect({ status, body }).toEqual({ status: 400, body: { sync_types: expected } });
  });

  test("a job is cancelled once", async () => {
    const { id } = jobSchema.parse((await sync("sync/full/")).body);
    expect(await sync(`jobs/${id}/cancel/`)).toMatchObject({
      status: 200,
      body: { ok: true, job_id: id, status: "failed", detail: "Job has been cancelled." },
    });
    expect(await sync(`jobs/${id}/cancel/`)).toMatchObject({
      status: 200,
      body: {
        ok: true,
        job_id: id,
        status: "failed",
        detail: "Job was already finished; no changes were made.",
      },
    });
    expect(await sync("jobs/9999/cancel/")).toMatchObject({
      status: 404,
      body: { detail: "No Job matches the given query." },
    });
    expect((await api.call(`/api/plugins/proxbox/jobs/${id}/cancel/`)).status).toBe(405);
    expect((await api.call(`/api/core/jobs/${id}/`)).body).toMatchObject({ error: "Cancelled via API." });
  });

  test("the newest come first, and they are filtered by status, user and time", async () => {
    const all = idsOf(await api.call("/api/core/jobs/"));
    expect(all).toEqual(all.toSorted((a, b) => b - a));
    const [oldest] = await api.query("select id, created from job order by id limit 1");
    await api.query("update job set created = '2020-01-01T00:00:00Z' where id = $1", [oldest?.["id"]]);
    const ids = async (search: string) => idsOf(await api.call(`/api/core/jobs/?${search}`));
    expect(await ids("created__before=2020-01-01")).toEqual([oldest?.["id"]]);
    expect(await ids("created__after=2020-01-02&limit=100")).toHaveLength(all.length - 1);
    expect(await ids("status=failed&status=errored")).toHaveLength(1);
    expect(await ids("user=admin&user_id=1&q=ADMIN")).toHaveLength(all.length);
    expect(await ids("interval__empty=true&name=Proxbox%20Sync&queue_name=default")).toHaveLength(all.length);
    expect((await api.call("/api/core/jobs/?status=bogus&job_id=1&user=nobody")).body).toEqual({
      status: ["Select a valid choice. bogus is not one of the available choices."],
      job_id: ["Enter a valid UUID."],
      user: ["Select a valid choice. nobody is not one of the available choices."],
    });
    const brief = await api.call("/api/core/jobs/?brief=1&limit=1");
    expect(brief.body).toMatchObject({ results: [{ url: expect.any(String), user: { username: "admin" } }] });
  });

  test("jobs are not written", async () => {
    expect((await api.call("/api/core/jobs/", { method: "POST", body: {} })).status).toBe(405);
    expect((await api.call("/api/core/jobs/1/", { method: "DELETE" })).status).toBe(405);
  });

  test("nothing of this was an error of ours", () => {
    expect(api.errors).toEqual([]);
  });
});
