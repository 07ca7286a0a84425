import { Agent } from "node:http";
import { describe, expect, test } from "@jest/globals";
import { buildWorld } from "@proxbox/pve-simulator";
import { form, get, getList, send, simulate, simulateNew, TOKEN_HEADER } from "./client.ts";

describe("the envelope", () => {
  test("wraps a success in data, as UTF-8 JSON", async () => {
    const { simulator } = await simulateNew();
    const reply = await get(simulator, "/version");
    expect(reply.status).toBe(200);
    expect(reply.headers["content-type"]).toBe("application/json;charset=UTF-8");
    expect(reply.json).toEqual({ data: { version: "9.2.6", release: "9.2", repoid: expect.any(String) } });
  });

  test.each(["8.4", "9.2"] as const)("repeats the error text in the body on %s", async (flavour) => {
    const { simulator } = await simulateNew({ flavour });
    const reply = await get(simulator, "/cluster/replication/777-0");
    expect(reply.status).toBe(500);
    expect(reply.reason).toBe("no such replication job '777-0'");
    expect(reply.json).toEqual({ data: null, message: "no such replication job '777-0'\n" });
  });

  test.each(["6.4", "7.4", "8.1"] as const)(
    "tells the error in the status line only on %s",
    async (flavour) => {
      const { simulator } = await simulateNew({ flavour });
      const reply = await get(simulator, "/cluster/replication/777-0");
      expect(reply.reason).toBe("no such replication job '777-0'");
      expect(reply.json).toEqual({ data: null });
    },
  );

  test("names each refused parameter", async () => {
    const { simulator } = await simulateNew({ flavour: "7.4" });
    const reply = await get(simulator, "/cluster/resources?type=pool&page=2");
    expect(reply.status).toBe(400);
    expect(reply.reason).toBe("Parameter verification failed.");
    expect(reply.json).toEqual({
      data: null,
      errors: {
        type: "value 'pool' does not have a value in the enumeration 'vm, storage, node, sdn'",
        page: "property is not defined in schema and the schema does not allow additional properties",
      },
    });
  });

  test("answers unknown paths and methods with 501, never 404", async () => {
    const { simulator } = await simulateNew();
    const unknown = await get(simulator, "/cluster/nothing");
    expect(unknown.status).toBe(501);
    expect(unknown.json).toEqual({ data: null, message: "Method 'GET /cluster/nothing' not implemented\n" });
    for (const method of ["HEAD", "PATCH", "OPTIONS"]) {
      const reply = await send(simulator, "/version", { method, headers: { authorization: TOKEN_HEADER } });
      expect([method, reply.status, reply.body]).toEqual([method, 501, ""]);
    }
  });

  test("fails everything without body while the cluster filesystem is down", async () => {
    const { world, simulator } = await simulateNew();
    world.clusterFilesystemDown = true;
    const reply = await get(simulator, "/version");
    expect(reply.status).toBe(500);
    expect(reply.reason).toMatch(/^RPCEnvironment init request failed: Unable to load access control list/);
    expect(reply.body).toBe("");
  });
});

describe("the order of things", () => {
  test("keys and entries come in another order from call to call", async () => {
    const { simulator } = await simulateNew({ nodes: 6 });
    const bodies = new Set<string>();
    const keyOrders = new Set<string>();
    const entryOrders = new Set<string>();
    for (let call = 0; call < 12; call++) {
      bodies.add((await get(simulator, "/version")).body);
      const nodes = await getList(simulator, "/nodes");
      entryOrders.add(nodes.map(({ node }) => node).join());
      keyOrders.add(Object.keys(nodes[0] ?? {}).join());
    }
    expect(bodies.size).toBeGreaterThan(1);
    expect(keyOrders.size).toBeGreaterThan(1);
    expect(entryOrders.size).toBeGreaterThan(1);
  });

  test("the same seed gives the same answers", async () => {
    const world = buildWorld({ now: 1 });
    const first = await simulate(world, { seed: 5 });
    const second = await simulate(world, { seed: 5 });
    const third = await simulate(world, { seed: 6 });
    const answers = [];
    for (const simulator of [first, second, third]) answers.push((await get(simulator, "/nodes")).body);
    expect(answers[1]).toBe(answers[0]);
    expect(answers[2]).not.toBe(answers[0]);
  });
});

describe("bytes on the wire", () => {
  test("gzip is used when asked for and the answer is longer than 1024 bytes", async () => {
    const { simulator } = await simulateNew({ guests: 40 });
    const headers = { authorization: TOKEN_HEADER, "accept-encoding": "gzip, deflate" };
    const long = await send(simulator, "/cluster/resources", { headers });
    const short = await send(simulator, "/version", { headers });
    const plain = await get(simulator, "/cluster/resources");
    expect(long.headers["content-encoding"]).toBe("gzip");
    expect(long.json).toEqual({ data: expect.any(Array) });
    expect(short.headers["content-encoding"]).toBeUndefined();
    expect(plain.headers["content-encoding"]).toBeUndefined();
  });

  test("a success keeps the connection, every error closes it", async () => {
    const { simulator } = await simulateNew();
    const agent = new Agent({ keepAlive: true });
    const headers = { authorization: TOKEN_HEADER, connection: "keep-alive" };
    const success = await send(simulator, "/version", { agent, headers });
    const failure = await send(simulator, "/nodes/nowhere/status", { agent, headers });
    agent.destroy();
    expect(success.headers.connection?.toLowerCase()).toBe("keep-alive");
    expect(failure.headers.connection).toBe("close");
  });

  test("bodies on GET, chunked bodies and bodies beyond 512 KiB are refused", async () => {
    const { simulator } = await simulateNew();
    const withBody = await send(simulator, "/version", { headers: { "content-length": 2 }, body: "{}" });
    expect([withBody.status, withBody.reason]).toEqual([501, "Unexpected content for method 'GET'"]);
    const chunked = await send(simulator, "/access/ticket", {
      method: "POST",
      headers: { "transfer-encoding": "chunked" },
      body: "username=a",
    });
    expect([chunked.status, chunked.reason]).toEqual([501, "chunked transfer encoding not supported"]);
    const large = await send(simulator, "/access/ticket", {
      method: "POST",
      headers: { "content-length": 600 * 1024 },
    });
    expect([large.status, large.body]).toEqual([501, ""]);
  });

  test("more than 64 header lines are refused", async () => {
    const { simulator } = await simulateNew();
    const headers = Object.fromEntries(Array.from({ length: 70 }, (_, index) => [`x-${index}`, "1"]));
    expect((await send(simulator, "/version", { headers })).status).toBe(400);
  });

  test("wide characters of an error text survive in the body, and as bytes in the status line", async () => {
    const { simulator } = await simulateNew();
    const reply = await get(simulator, `/storage?${encodeURIComponent("größe")}=1`);
    expect(reply.json).toMatchObject({ errors: { größe: expect.any(String) } });
    const path = await get(simulator, `/cluster/${encodeURIComponent("größe")}`);
    expect(Buffer.from(path.reason, "latin1").toString("utf8")).toBe(
      "Method 'GET /cluster/größe' not implemented",
    );
  });
});

describe("the record of calls", () => {
  test("holds method, path and query, and finds calls that a reader must not make", async () => {
    const { simulator } = await simulateNew();
    await get(simulator, "/nodes/pve1/replication?guest=100");
    await send(simulator, "/access/ticket", form({ username: "a@pve", password: "b" }));
    await send(simulator, "/cluster/replication/100-0", {
      method: "DELETE",
      headers: { authorization: TOKEN_HEADER },
    });
    expect(simulator.calls.map(({ method, path, query }) => ({ method, path, query }))).toEqual([
      { method: "GET", path: "/nodes/pve1/replication", query: { guest: "100" } },
      { method: "POST", path: "/access/ticket", query: {} },
      { method: "DELETE", path: "/cluster/replication/100-0", query: {} },
    ]);
    expect(simulator.calls.map(({ status }) => status)).toEqual([200, 401, 403]);
    expect(simulator.violations().map(({ path }) => path)).toEqual(["/cluster/replication/100-0"]);
    simulator.forgetCalls();
    expect(simulator.calls).toEqual([]);
  });

  test.each([
    ["9.2", "Permission check failed (/vms/100, VM.Replicate)"],
    ["8.4", "Permission check failed (/storage, Datastore.Allocate)"],
  ] as const)("an auditor may not write on %s", async (flavour, reason) => {
    const { world, simulator } = await simulateNew({ flavour });
    for (const method of ["PUT", "DELETE"]) {
      const reply = await send(simulator, "/cluster/replication/100-0", {
        method,
        headers: { authorization: TOKEN_HEADER },
      });
      expect([reply.status, reply.reason]).toEqual([403, reason]);
    }
    expect(world.jobs.has("100-0")).toBe(true);
  });
});
