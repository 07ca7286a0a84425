import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { z } from "zod";
import { type ApiFixture, createApiFixture } from "./api-fixture.ts";

const described = z.looseObject({
  type: z.enum([
    "string",
    "slug",
    "integer",
    "float",
    "decimal",
    "boolean",
    "datetime",
    "choice",
    "field",
    "nested object",
  ]),
  required: z.boolean(),
  read_only: z.boolean(),
  label: z.string(),
});
const fields = z.record(z.string(), described);
const answerOf = z.strictObject({
  name: z.string(),
  description: z.string(),
  renders: z.array(z.string()),
  parses: z.array(z.string()),
  actions: z.partialRecord(z.enum(["POST", "PUT"]), fields).optional(),
});

describe("OPTIONS", () => {
  let api: ApiFixture;
  const options = async (path: string) => {
    const { status, body } = await api.call(path, { method: "OPTIONS" });
    expect(status).toBe(200);
    return answerOf.parse(body);
  };

  beforeAll(async () => {
    api = await createApiFixture();
  });
  afterAll(() => api.close());

  it("tells of the fields of a replication what a client needs to write them", async () => {
    const { name, renders, parses, actions } = await options("/api/plugins/proxbox/replications/");
    expect({ name, renders, parses }).toEqual({
      name: "Replication List",
      renders: ["application/json", "text/html"],
      parses: ["application/json", "multipart/form-data"],
    });
    expect(Object.keys(actions ?? {})).toEqual(["POST", "PUT"]);
    expect(actions?.POST).toMatchObject({
      id: { type: "integer", required: false, read_only: true, label: "ID" },
      url: { type: "field", read_only: true, label: "Url" },
      display: { type: "field", read_only: true },
      endpoint: {
        type: "nested object",
        required: false,
        read_only: false,
        children: { id: { type: "integer" }, name: { type: "string" } },
      },
      replication_id: {
        type: "string",
        required: true,
        read_only: false,
        label: "Replication id",
        max_length: 255,
      },
      guest: { type: "integer", required: true, min_value: 0, max_value: 2147483647 },
      rate: { type: "float", required: false },
      disable: { type: "boolean" },
      status: {
        type: "field",
        choices: [
          { value: "active", display_name: "Active" },
          { value: "stale", display_name: "Stale" },
        ],
      },
      raw_config: { type: "field", required: false },
      tags: { type: "field", read_only: false, child: { type: "nested object" } },
      created: { type: "datetime", read_only: true },
    });
    expect(actions?.POST?.["schedule"]).toHaveProperty("help_text");
  });

  it("of an object tells of PUT alone, also where there is no such object", async () => {
    const { name, actions } = await options("/api/plugins/proxbox/replications/99999/");
    expect(name).toBe("Replication Instance");
    expect(Object.keys(actions ?? {})).toEqual(["PUT"]);
  });

  it("shows a secret as a field that is written", async () => {
    const { actions } = await options("/api/plugins/proxbox/endpoints/proxmox/");
    expect(actions?.POST?.["password"]).toMatchObject({ type: "string", read_only: false });
    expect(actions?.POST?.["retry_backoff"]).toMatchObject({ type: "decimal" });
  });

  it("has no actions where nothing may be written", async () => {
    expect((await options("/api/core/jobs/")).actions).toBeUndefined();
    await api.query("update api_token set write_enabled = false");
    const { actions } = await options("/api/plugins/proxbox/replications/");
    await api.query("update api_token set write_enabled = true");
    expect(actions).toBeUndefined();
  });
});
