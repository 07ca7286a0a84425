import { once } from "node:events";
import { request } from "node:http";
import { describe, expect, test } from "@jest/globals";
import { hideGuest } from "@proxbox/pve-simulator";
import { get, getList, simulateNew, TOKEN_HEADER } from "./client.ts";
import type { Simulator } from "@proxbox/pve-simulator";
import type { ClientRequest, IncomingMessage } from "node:http";

describe("faults", () => {
  test("latency delays one call and leaves the others alone", async () => {
    const { simulator } = await simulateNew();
    simulator.faults.add({ path: "/version", fault: { kind: "latency", ms: 120 } });
    const before = performance.now();
    expect((await get(simulator, "/version")).status).toBe(200);
    expect(performance.now() - before).toBeGreaterThanOrEqual(115);
    expect((await get(simulator, "/nodes")).status).toBe(200);
  });

  test("a hang before the answer ends only with the client", async () => {
    const { simulator } = await simulateNew();
    simulator.faults.add({ fault: { kind: "hang" } });
    const outgoing = start(simulator);
    await waitFor(() => simulator.calls.length === 1);
    expect(simulator.calls[0]).toMatchObject({ endedAt: null, status: null });
    outgoing.destroy();
    await waitFor(() => simulator.calls[0]?.endedAt !== null);
    expect(simulator.calls[0]?.status).toBeNull();
  });

  test("a hang in the middle of the body has sent status and a part", async () => {
    const { simulator } = await simulateNew();
    simulator.faults.add({ fault: { kind: "hang", at: "mid-body" } });
    const outgoing = start(simulator);
    const [response] = (await once(outgoing, "response")) as [IncomingMessage];
    const [first] = (await once(response, "data")) as [Buffer];
    expect(first.length).toBeLessThan(Number(response.headers["content-length"]));
    expect(simulator.calls[0]?.endedAt).toBeNull();
    response.once("error", () => outgoing.destroy());
    outgoing.destroy();
    await waitFor(() => simulator.calls[0]?.endedAt !== null);
  });

  test("a hanging call does not keep the simulator from closing", async () => {
    const { simulator } = await simulateNew();
    simulator.faults.add({ fault: { kind: "hang" } });
    const reply = get(simulator, "/version");
    const refused = expect(reply).rejects.toThrow(/socket hang up|ECONNRESET/);
    await waitFor(() => simulator.calls.length === 1);
    await simulator.close();
    await refused;
  });

  test.each(["before-answer", "mid-body"] as const)("a reset %s breaks the call", async (at) => {
    const { simulator } = await simulateNew();
    simulator.faults.add({ fault: { kind: "reset", at } });
    await expect(get(simulator, "/nodes")).rejects.toThrow(/ECONNRESET|hang up|aborted/);
  });

  test("a truncated body breaks the call", async () => {
    const { simulator } = await simulateNew();
    simulator.faults.add({ fault: { kind: "truncated-body" } });
    await expect(get(simulator, "/nodes")).rejects.toThrow(/aborted|ECONNRESET/);
  });

  test.each([
    [401, "Authentication failed!", ""],
    [595, "No route to host", ""],
    [596, "Connection timed out", ""],
    [500, "got timeout", '{"data":null,"message":"got timeout\\n"}'],
    [403, "Permission check failed (/, Sys.Audit)", expect.stringContaining("Permission check failed")],
  ])("status %i has its usual text and body", async (status, reason, body) => {
    const { simulator } = await simulateNew();
    simulator.faults.add({ fault: { kind: "status", status } });
    const reply = await get(simulator, "/nodes");
    expect([reply.status, reply.reason, reply.body]).toEqual([status, reason, body]);
    expect(reply.headers.connection).toBe("close");
  });

  test("status takes another text, which older versions keep out of the body", async () => {
    const { simulator } = await simulateNew({ flavour: "7.4" });
    simulator.faults.add({ fault: { kind: "status", status: 500, text: "disk on fire" } });
    const reply = await get(simulator, "/nodes");
    expect([reply.reason, reply.body]).toEqual(["disk on fire", '{"data":null}']);
  });

  test("malformed JSON and data of another kind come with status 200", async () => {
    const { simulator } = await simulateNew();
    simulator.faults.add({ path: "/nodes", fault: { kind: "malformed-json" } });
    expect(await get(simulator, "/nodes")).toMatchObject({
      status: 200,
      json: { malformed: expect.any(String) },
    });
    for (const data of [null, {}, "text", 7]) {
      const { id } = simulator.faults.add({ path: "/storage", fault: { kind: "data", data } });
      expect(await get(simulator, "/storage")).toMatchObject({ status: 200, json: { data } });
      expect(simulator.faults.remove(id)).toBe(true);
      expect(simulator.faults.remove(id)).toBe(false);
    }
  });

  test("a huge body is at least as large as it should be, and valid", async () => {
    const { simulator } = await simulateNew();
    simulator.faults.add({ fault: { kind: "huge-body", bytes: 3_000_000 } });
    const reply = await get(simulator, "/nodes");
    expect(reply.body.length).toBeGreaterThanOrEqual(3_000_000);
    expect(reply.json).toEqual({ data: expect.any(Array) });
  });

  test("a redirect leads elsewhere", async () => {
    const { simulator } = await simulateNew();
    simulator.faults.add({ fault: { kind: "redirect", location: "https://other.example.com/" } });
    expect(await get(simulator, "/nodes")).toMatchObject({
      status: 301,
      headers: { location: "https://other.example.com/" },
    });
  });

  test("an event changes the world between two calls of one reader", async () => {
    const { simulator } = await simulateNew();
    simulator.faults.add({
      path: "/cluster/replication",
      skip: 1,
      times: 1,
      fault: { kind: "event", apply: (world) => hideGuest(world, 100) },
    });
    const lists = [];
    for (let call = 0; call < 2; call++) lists.push(await getList(simulator, "/cluster/replication"));
    expect(lists.map((list) => list.some(({ id }) => id === "100-0"))).toEqual([true, false]);
  });
});

describe("rules", () => {
  test("hit by method, path pattern, condition, after some calls and for some calls", async () => {
    const { simulator } = await simulateNew();
    const fault = { kind: "status", status: 500 } as const;
    const statuses = async (path: string, calls: number) => {
      const seen = [];
      for (let call = 0; call < calls; call++) seen.push((await get(simulator, path)).status);
      return seen;
    };
    simulator.faults.add({ method: "POST", fault });
    expect(await statuses("/version", 1)).toEqual([200]);

    const counted = simulator.faults.add({ path: "/version", skip: 1, times: 2, fault });
    expect(await statuses("/version", 4)).toEqual([200, 500, 500, 200]);
    expect(counted.hits).toBe(2);

    simulator.faults.clear();
    simulator.faults.add({ path: "/nodes/*/replication", fault });
    expect(await statuses("/nodes/pve2/replication", 1)).toEqual([500]);
    expect(await statuses("/nodes/pve2/storage", 1)).toEqual([200]);
    expect(await statuses("/nodes/pve1/replication/100-0/log", 1)).toEqual([200]);

    simulator.faults.clear();
    simulator.faults.add({ path: "/nodes/pve1/**", fault });
    expect(await statuses("/nodes/pve1/replication/100-0/log", 1)).toEqual([500]);
    expect(await statuses("/nodes", 1)).toEqual([200]);

    simulator.faults.clear();
    simulator.faults.add({ when: ({ query }) => query["guest"] === "100", fault });
    expect(await statuses("/nodes/pve1/replication?guest=100", 1)).toEqual([500]);
    expect(await statuses("/nodes/pve1/replication?guest=103", 1)).toEqual([200]);
  });
});

function start(simulator: Simulator): ClientRequest {
  const headers = { authorization: TOKEN_HEADER };
  const outgoing = request(`${simulator.url}/api2/json/nodes`, { agent: false, headers });
  outgoing.on("error", () => outgoing.destroy());
  outgoing.end();
  return outgoing;
}

async function waitFor(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error("waited for 5 seconds");
    await new Promise((resolve) => setImmediate(resolve));
  }
}
