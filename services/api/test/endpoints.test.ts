import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { type ApiFixture, box, createApiFixture, idsOf } from "./api-fixture.ts";

const path = "/api/plugins/proxbox/endpoints/proxmox/";
const idSchema = z.looseObject({ id: z.number() });

describe("endpoints", () => {
  let api: ApiFixture;
  const create = async (body: object): Promise<number> => {
    const answer = await api.call(path, { method: "POST", body: { mode: "cluster", ...body } });
    if (answer.status !== 201) throw new Error(answer.text);
    return idSchema.parse(answer.body).id;
  };
  const stored = async (id: number): Promise<Record<string, unknown>> => {
    const [row] = await api.query("select * from endpoint where id = $1", [id]);
    if (row === undefined) throw new Error(`No endpoint ${id}`);
    return row;
  };
  const changes = (id: number) =>
    api.query("select * from object_change where changed_object_id = $1 order by id", [id]);

  beforeAll(async () => {
    api = await createApiFixture();
  });
  afterAll(async () => {
    await api.close();
  });

  test("is created with the defaults, and answered with all keys in the original's order", async () => {
    const { status, body, headers, text } = await api.call(path, {
      method: "POST",
      body: {
        mode: "cluster",
        domain: " pve.example ",
        password: "s3cret",
        token_value: "t0ken",
        bogus: 1,
        id: 77,
      },
    });
    expect({ status, text }).toMatchObject({ status: 201 });
    const {
      id,
      created,
      last_updated: lastUpdated,
    } = z.looseObject({ id: z.number(), created: z.string(), last_updated: z.string() }).parse(body);
    const url = `${api.origin}${path}${id}/`;
    expect(JSON.stringify(body)).toBe(
      JSON.stringify({
        id,
        url,
        display: "Proxmox Endpoint (pve.example)",
        name: "Proxmox Endpoint",
        ip_address: null,
        domain: "pve.example",
        port: 8006,
        mode: { value: "cluster", label: "Cluster" },
        environment: null,
        version: null,
        repoid: null,
        username: "root@pam",
        token_name: "",
        verify_ssl: false,
        enabled: true,
        timeout: null,
        max_retries: null,
        retry_backoff: null,
        site: null,
        tenant: null,
        allowed_tenants: [],
        tags: [],
        custom_fields: {},
        created,
        last_updated: lastUpdated,
        tls_ca: null,
        tls_fingerprint: null,
        tls_verification: "system-ca",
        connection: null,
      }),
    );
    expect(headers.get("location")).toBe(url);
    expect(headers.get("etag")).toBe(`W/"${lastUpdated.replace("Z", "+00:00")}"`);
  });

  test("secrets are sealed for their own row and purpose, and appear nowhere else", async () => {
    const id = await create({ domain: "sealed.example", password: "p-w-1", token_value: "tok-1" });
    await api.call(`${path}${id}/`, { method: "PATCH", body: { password: "p-w-2" } });
    const row = await stored(id);
    expect(box.open(String(row["password_sealed"]), `endpoint:${id}:password`)).toBe("p-w-2");
    expect(box.open(String(row["token_value_sealed"]), `endpoint:${id}:token_value`)).toBe("tok-1");
    const log = await changes(id);
    expect(log.map(({ action }) => action)).toEqual(["create", "update"]);
    const everywhere = JSON.stringify([log, (await api.call(`${path}${id}/`)).body]);
    expect(everywhere).not.toMatch(/p-w-|tok-1|sealed"/);
  });

  test("an empty request is told the one thing that the original tells", async () => {
    const { status, body } = await api.call(path, { method: "POST", body: {} });
    expect({ status, body }).toEqual({ status: 400, body: { mode: ["This field is required."] } });
  });

  test("each bad field has its message, and the rule of the address waits until all are fine", async () => {
    const { body } = await api.call(path, {
      method: "POST",
      body: {
        name: "x".repeat(256),
        domain: "-bad-",
        port: 0,
        mode: "gone",
        environment: { value: "lab" },
        username: "",
        password: true,
        token_value: null,
        verify_ssl: "maybe",
        enabled: null,
        timeout: "1.5",
        max_retries: 32_768,
        retry_backoff: "1.234",
        ip_address: 5,
        site: "abc",
        tls_fingerprint: "00",
      },
    });
    expect(body).toEqual({
      name: ["Ensure this field has no more than 255 characters."],
      domain: ["-bad- is not a valid domain name"],
      port: ["Ensure this value is greater than or equal to 1."],
      mode: ["gone is not a valid choice."],
      environment: ['Value must be passed directly (e.g. "foo": 123); do not use a dictionary or list.'],
      username: ["This field may not be blank."],
      password: ["Not a valid string."],
      token_value: ["This field may not be null."],
      verify_ssl: ["Must be a valid boolean."],
      enabled: ["This field may not be null."],
      timeout: ["A valid integer is required."],
      max_retries: ["Ensure this value is less than or equal to 32767."],
      retry_backoff: ["Ensure that there are no more than 2 decimal places."],
      ip_address: ["Related object not found using the provided numeric ID: 5"],
      site: [
        "Related objects must be referenced by numeric ID or by dictionary of attributes. Received an unrecognized value: abc",
      ],
      tls_fingerprint: ["Enter the 32 bytes of a SHA-256 fingerprint in hexadecimal."],
    });
    const addressless = ["Provide either a domain or an IP address."];
    const { body: model } = await api.call(path, { method: "POST", body: { mode: "cluster", domain: null } });
    expect(model).toEqual({ domain: addressless, ip_address: addressless });
    const { body: nulls } = await api.call(path, { method: "POST", body: { mode: null, site: {} } });
    expect(nulls).toMatchObject({ mode: ["This field may not be blank."] });
  });

  test.each(["pve", "pve.example.com.", "192.0.2.7", "2001:db8::7", "_srv.local", "xn--bcher-kva.example"])(
    "the address %s is one",
    async (domain) => {
      await expect(create({ domain })).resolves.toBeGreaterThan(0);
    },
  );

  test.each(["-bad-", "a b", "host:8006", "https://x", "1.2.3", "a..b", "2001:db8::/64", "ho\u0000st"])(
    "the address %j is none",
    async (domain) => {
      const { status } = await api.call(path, { method: "POST", body: { mode: "cluster", domain } });
      expect(status).toBe(400);
    },
  );

  test("PATCH changes what is sent, PUT needs the required fields and keeps the rest", async () => {
    const id = await create({ domain: "put.example", name: "first", port: 443 });
    const patched = await api.call(`${path}${id}/`, {
      method: "PATCH",
      body: { port: "444", retry_backoff: 1.5 },
    });
    expect(patched).toMatchObject({ status: 200, body: { port: 444, retry_backoff: 1.5, name: "first" } });
    const missing = await api.call(`${path}${id}/`, { method: "PUT", body: { name: "second" } });
    expect(missing).toMatchObject({ status: 400, body: { mode: ["This field is required."] } });
    const put = await api.call(`${path}${id}/`, { method: "PUT", body: { mode: "standalone" } });
    expect(put).toMatchObject({
      status: 200,
      body: { name: "first", port: 444, mode: { value: "standalone" } },
    });
    const cleared = await api.call(`${path}${id}/`, { method: "PATCH", body: { domain: "" } });
    expect(cleared).toMatchObject({
      status: 400,
      body: { domain: [expect.stringContaining("Provide either")] },
    });
  });

  test("a write without a change moves the ETag and leaves no trace in the change log", async () => {
    const id = await create({ domain: "same.example" });
    const before = (await api.call(`${path}${id}/`)).headers.get("etag");
    const { headers } = await api.call(`${path}${id}/`, { method: "PATCH", body: {} });
    expect(headers.get("etag")).not.toBe(before);
    expect(await changes(id)).toHaveLength(1);
  });

  test("the change log names the request, the user, the message and both sides", async () => {
    const id = await create({ domain: "log.example", name: "log" });
    const { headers } = await api.call(`${path}${id}/`, {
      method: "PATCH",
      body: { name: "renamed", changelog_message: "why not" },
    });
    const requestId = headers.get("x-request-id");
    const [, entry] = await changes(id);
    expect(entry).toMatchObject({
      action: "update",
      user_name: "admin",
      request_id: requestId,
      changed_object_type: "netbox_proxbox.proxmoxendpoint",
      object_repr: "renamed (log.example)",
      message: "why not",
      prechange_data: { name: "log", domain: "log.example", tags: [], custom_fields: {} },
      postchange_data: { name: "renamed" },
    });
    expect(idsOf(await api.call(`${path}?updated_by_request=${String(requestId)}`))).toEqual([id]);
    expect(idsOf(await api.call(`${path}?created_by_request=${String(requestId)}`))).toEqual([]);
    const tooLong = await api.call(`${path}${id}/`, {
      method: "DELETE",
      body: { changelog_message: "x".repeat(201) },
    });
    expect(tooLong).toMatchObject({
      status: 400,
      body: { changelog_message: ["Ensure this field has no more than 200 characters."] },
    });
  });

  test("a write of an outdated object is refused before its body is read", async () => {
    const id = await create({ domain: "etag.example" });
    const etag = String((await api.call(`${path}${id}/`)).headers.get("etag"));
    const write = (ifMatch: string, body: unknown = {}) =>
      api.call(`${path}${id}/`, { method: "PATCH", body, headers: { "if-match": ifMatch } });
    const stale = await write('W/"2020-01-01T00:00:00+00:00"', "{broken");
    expect(stale).toMatchObject({ status: 412, body: { detail: "Precondition failed." } });
    expect(stale.headers.get("etag")).toBe(etag);
    expect((await write(etag.replace("W/", ""))).status).toBe(412);
    expect((await write(`"x", ${etag}`)).status).toBe(200);
    expect((await write(etag)).status).toBe(412);
    expect((await write("*")).status).toBe(200);
    expect((await api.call(`${path}9999/`, { method: "DELETE", headers: { "if-match": "*" } })).status).toBe(
      404,
    );
  });

  test("only one of two writers with the same ETag wins", async () => {
    const id = await create({ domain: "race.example" });
    const etag = String((await api.call(`${path}${id}/`)).headers.get("etag"));
    const answers = await Promise.all(
      ["a", "b", "c", "d"].map((name) =>
        api.call(`${path}${id}/`, { method: "PATCH", body: { name }, headers: { "if-match": etag } }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412]);
  });

  test("is deleted with its entry in the change log", async () => {
    const id = await create({ domain: "gone.example" });
    const { status, text, headers } = await api.call(`${path}${id}/`, { method: "DELETE" });
    expect({ status, text, type: headers.get("content-type") }).toEqual({
      status: 204,
      text: "",
      type: null,
    });
    expect((await api.call(`${path}${id}/`)).body).toEqual({
      detail: "No ProxmoxEndpoint matches the given query.",
    });
    expect((await changes(id)).map(({ action }) => action)).toEqual(["create", "delete"]);
  });

  test("certificates are verified until somebody says false", async () => {
    const id = await create({ domain: "tls.example" });
    const verification = async (body: object) =>
      (await api.call(`${path}${id}/`, { method: "PATCH", body })).body;
    expect((await stored(id))["verify_ssl"]).toBeNull();
    expect(await verification({ verify_ssl: false })).toMatchObject({
      verify_ssl: false,
      tls_verification: "insecure",
    });
    expect(await verification({ tls_ca: "PEM" })).toMatchObject({
      tls_verification: "custom-ca",
    });
    expect(
      await verification({ tls_fingerprint: "AB:".repeat(31) + "AB", tls_verification: "insecure" }),
    ).toMatchObject({
      tls_verification: "fingerprint",
    });
    expect(await verification({ tls_fingerprint: "", tls_ca: null })).toMatchObject({
      tls_verification: "insecure",
    });
  });

  test("tells what the last contact was like", async () => {
    const id = await create({ domain: "seen.example" });
    await api.query(
      `insert into endpoint_observation values ($1, '2026-01-02 03:04:05.6+00', null, 'unreachable', 'no route', '{"storage": true}')`,
      [id],
    );
    expect((await api.call(`${path}${id}/`)).body).toMatchObject({
      connection: {
        observed_at: "2026-01-02T03:04:05.600000Z",
        answered_at: null,
        error_code: "unreachable",
        error: "no route",
        coverage: { storage: true },
      },
    });
  });

  test("two enabled endpoints of one cluster are refused", async () => {
    const [first, second] = [
      await create({ domain: "c1.example" }),
      await create({ domain: "c2.example", enabled: false }),
    ];
    await api.query("update endpoint set cluster_identity = 'same' where id = any($1)", [[first, second]]);
    const { status, body } = await api.call(`${path}${second}/`, {
      method: "PATCH",
      body: { enabled: true },
    });
    expect({ status, body }).toEqual({
      status: 400,
      body: { __all__: ["Another enabled Proxmox endpoint leads to the same Proxmox cluster."] },
    });
  });

  test("fields that the request does not select are not written either", async () => {
    const id = await create({ domain: "omit.example", name: "kept" });
    const { body } = await api.call(`${path}${id}/?omit=name`, { method: "PATCH", body: { name: "lost" } });
    expect(body).not.toHaveProperty("name");
    expect((await stored(id))["name"]).toBe("kept");
    const created = await api.call(`${path}?fields=id`, {
      method: "POST",
      body: { mode: "cluster", domain: "x.example" },
    });
    expect(created).toMatchObject({ status: 400, body: { mode: ["This field cannot be blank."] } });
  });

  test.each([
    ["null", { non_field_errors: ["No data provided"] }],
    ['"abc"', { non_field_errors: ["Invalid data. Expected a dictionary, but got str."] }],
    ["5", { non_field_errors: ["Invalid data. Expected a dictionary, but got int."] }],
    ["", { mode: ["This field is required."] }],
    ["{bad", { detail: expect.stringMatching(/^JSON parse error - /) }],
    ['{"mode": NaN}', { detail: expect.stringMatching(/^JSON parse error - /) }],
    ["[".repeat(100_000), { detail: expect.stringMatching(/^JSON parse error - /) }],
    ['{"__proto__": {"mode": "cluster", "domain": "x"}}', { mode: ["This field is required."] }],
    [
      '{"mode": "cluster", "domain": "a\\u0000b"}',
      { domain: expect.arrayContaining(["Null characters are not allowed."]) },
    ],
    [
      '{"mode": "cluster", "domain": "x", "name": "\\ud800"}',
      { name: ["Surrogate characters are not allowed."] },
    ],
    ['{"mode": "constructor", "domain": "x"}', { mode: ["constructor is not a valid choice."] }],
  ])("the body %# is answered with 400", async (body, expected) => {
    const answer = await api.call(path, { method: "POST", body });
    expect(answer).toMatchObject({ status: 400 });
    expect(answer.body).toEqual(expected);
  });

  test("filters and orders", async () => {
    const id = await create({ domain: "find.example", name: "Find me", environment: "lab", enabled: false });
    for (const search of ["environment=lab", "q=FIND.EX", "name__ic=find%20ME", "domain=find.example"]) {
      expect({ search, ids: idsOf(await api.call(`${path}?${search}`)) }).toEqual({ search, ids: [id] });
    }
    expect((await api.call(`${path}?ip_address=1`)).status).toBe(400);
    expect(idsOf(await api.call(`${path}?site=null&limit=1&ordering=-id`))).toHaveLength(1);
  });

  test("nothing of this was an error of ours", () => {
    expect(api.errors).toEqual([]);
  });
});
