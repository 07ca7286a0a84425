import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { type ApiFixture, createApiFixture, token } from "./api-fixture.ts";
import { seedInventory } from "./inventory.ts";

const path = "/api/plugins/proxbox/replications/";
const endpoints = "/api/plugins/proxbox/endpoints/proxmox/";

describe("the protocol", () => {
  let api: ApiFixture;
  const accept = (value: string, search = "") => api.call(`${path}${search}`, { headers: { accept: value } });

  beforeAll(async () => {
    api = await createApiFixture();
    await seedInventory(api);
  });
  afterAll(async () => {
    await api.close();
  });

  test("every answer below /api/ has the original's headers, and its own request id", async () => {
    const answers = [
      await api.call(path),
      await api.call("/api/nope/"),
      await api.call(path, { headers: { authorization: "" } }),
    ];
    for (const { headers } of answers) {
      expect(headers.get("api-version")).toBe("4.6");
      expect(headers.get("x-request-id")).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      );
      expect(headers.get("vary")).toBe("HX-Request, Accept-Language, Cookie, origin");
      expect(headers.get("content-language")).toBe("en");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("x-powered-by")).toBeNull();
    }
    expect(new Set(answers.map(({ headers }) => headers.get("x-request-id"))).size).toBe(3);
    expect(answers[0]?.headers.get("etag")).toBeNull();
  });

  test("reads without the trailing slash are redirected with their parameters, writes are not found", async () => {
    for (const method of ["GET", "HEAD", "OPTIONS"]) {
      const { status, headers } = await api.call(`${path.slice(0, -1)}?a=1?&b=%20`, { method });
      expect({ method, status, location: headers.get("location") }).toEqual({
        method,
        status: 301,
        location: `${path}?a=1?&b=%20`,
      });
    }
    expect((await api.call(endpoints.slice(0, -1), { method: "POST", body: {} })).status).toBe(404);
    expect((await api.call("/api")).status).toBe(301);
  });

  test.each([
    "/api/nope/",
    "/api/plugins/proxbox/nodes/",
    "/api/plugins/proxbox/clusters/",
    "/api/plugins/proxbox/Replications/",
    "/api/plugins//proxbox/replications/",
    `${path}%zz/`,
    `${path}1/nope/`,
    `${path}?export=table`,
    "//",
    "//[",
  ])("%s is not found", async (unknown) => {
    expect((await api.call(unknown)).status).toBe(404);
  });

  test("JSON is compact, pretty on demand, and a page for browsers", async () => {
    expect((await accept("*/*")).headers.get("content-type")).toBe("application/json");
    expect((await accept("application/json; indent=4", "?limit=1")).text).toMatch(/^\{\n {4}"count": 4,/);
    expect((await accept("application/json; version=4.6")).status).toBe(200);
    const page = await accept("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect((await accept("*/*", "?format=api")).text).toMatch(/^<!DOCTYPE html>/);
    expect((await accept("text/html", "?x=%3Cscript%3E")).text).not.toContain("<script>");
  });

  test("what cannot be written as asked is 406, an unknown format 404", async () => {
    const refused = { detail: "Could not satisfy the request Accept header." };
    expect(await accept("text/csv")).toMatchObject({ status: 406, body: refused });
    expect(await accept("text/html", "?format=json")).toMatchObject({ status: 406, body: refused });
    expect(await accept("application/json; version=4.5")).toMatchObject({
      status: 406,
      body: { detail: 'Invalid version in "Accept" header.' },
    });
    for (const format of ["csv", "yaml", "JSON"]) {
      expect(await accept("*/*", `?format=${format}`)).toMatchObject({
        status: 404,
        body: { detail: "Not found." },
      });
    }
    expect((await accept("*/*", "?format=")).status).toBe(200);
  });

  test("an explicit format is repeated in every address", async () => {
    const { text } = await api.call(`${path}1/?format=json`);
    const addresses = [...text.matchAll(/"(?:display_)?url":"([^"]*)"/g)].map(([, address]) => address);
    expect(addresses).toHaveLength(5);
    for (const address of addresses) expect(address).toMatch(/\/\?format=json$/);
  });

  test("other content types than JSON and forms are 415, but only with a body", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded"]) {
      const { status, body } = await api.call(endpoints, {
        method: "POST",
        body: "a=1",
        headers: { "content-type": type },
      });
      expect({ status, body }).toEqual({
        status: 415,
        body: { detail: `Unsupported media type "${type}" in request.` },
      });
    }
    const json = { "content-type": "application/json; charset=utf-8" };
    expect((await api.call(endpoints, { method: "POST", body: "{}", headers: json })).status).toBe(400);
    const empty = await api.call(endpoints, { method: "POST", headers: { "content-type": "text/plain" } });
    expect(empty.status).toBe(400);
  });

  test("flat form data is understood", async () => {
    const form = new FormData();
    form.set("mode", "cluster");
    form.set("domain", "form.example");
    form.set("port", "443");
    const response = await fetch(`${api.origin}${endpoints}`, {
      method: "POST",
      headers: { authorization: `Token ${token}` },
      body: form,
    });
    expect(await response.json()).toMatchObject({
      domain: "form.example",
      port: 443,
      mode: { value: "cluster" },
    });
  });

  test("a body above one megabyte is 413", async () => {
    const { status, body } = await api.call(endpoints, {
      method: "POST",
      body: `"${"x".repeat(1_100_000)}"`,
    });
    expect({ status, body }).toEqual({
      status: 413,
      body: { detail: "Request body exceeds 1048576 bytes." },
    });
  });

  test("a body that breaks off is nobody's error", async () => {
    const closed = new Promise<void>((resolve) => {
      const call = request(`${api.origin}${endpoints}`, {
        method: "POST",
        headers: {
          authorization: `Token ${token}`,
          "content-type": "application/json",
          "content-length": 100,
        },
      });
      call.on("error", () => resolve());
      call.on("close", () => resolve());
      call.write("{", () => setImmediate(() => call.destroy()));
    });
    await closed;
    expect((await api.call(path)).status).toBe(200);
  });

  test("HEAD answers as GET does, without a body", async () => {
    const { status, text, headers } = await api.call(`${path}1/`, { method: "HEAD" });
    expect({ status, text, etag: headers.get("etag") }).toEqual({
      status: 200,
      text: "",
      etag: 'W/"2026-11-23T14:24:58+00:00"',
    });
  });

  test("OPTIONS describes the resource, also where nothing is", async () => {
    expect(await api.call(`${path}99/`, { method: "OPTIONS" })).toMatchObject({
      status: 200,
      body: {
        name: "Replication Instance",
        renders: ["application/json", "text/html"],
        parses: ["application/json", "multipart/form-data"],
      },
    });
  });

  test("the method of a resource that writes is allowed where its address is right", async () => {
    const list = await api.call(endpoints, { method: "OPTIONS" });
    expect(list.headers.get("allow")).toBe("GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS");
    const detail = await api.call(`${endpoints}1/`, { method: "POST", body: {} });
    expect(detail).toMatchObject({ status: 405, body: { detail: 'Method "POST" not allowed.' } });
    expect(detail.headers.get("allow")).toBe("GET, PUT, PATCH, DELETE, HEAD, OPTIONS");
  });

  test("the roots lead to what there is", async () => {
    const { origin } = api;
    expect((await api.call("/api/plugins/")).body).toEqual({
      "installed-plugins": `${origin}/api/plugins/installed-plugins/`,
      proxbox: `${origin}/api/plugins/proxbox/`,
    });
    const { body } = await api.call("/api/plugins/proxbox/");
    for (const url of Object.values(z.record(z.string(), z.string()).parse(body))) {
      expect({ url, status: (await api.call(url.slice(origin.length))).status }).toEqual({
        url,
        status: 200,
      });
    }
    expect((await api.call("/api/")).body).toMatchObject({
      plugins: `${origin}/api/plugins/`,
      status: `${origin}/api/status/`,
    });
    const status = await api.call("/api/status/");
    expect(status.body).toMatchObject({ plugins: { netbox_proxbox: "0.0.24" } });
    expect(status.text).toMatch(/"netbox-version":"4\.\d+\.\d+"/);
  });

  test("nothing of this was an error of ours", () => {
    expect(api.errors).toEqual([]);
  });
});
