import { afterEach, describe, expect, test } from "@jest/globals";
import { startControlServer } from "@proxbox/pve-simulator";
import { get, NOW, simulateNew } from "./client.ts";
import type { ControlServer, Simulator } from "@proxbox/pve-simulator";

let control: ControlServer | undefined;

afterEach(async () => {
  await control?.close();
  control = undefined;
});

async function controlled(...simulators: Simulator[]): Promise<ControlServer> {
  control = await startControlServer(simulators);
  return control;
}

async function call(url: string, method = "GET", body?: unknown): Promise<{ status: number; json: unknown }> {
  const response = await fetch(url, {
    method,
    headers: { connection: "close", ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, json: await response.json() };
}

describe("the control port", () => {
  test("sets and clears faults of one simulator among several", async () => {
    const alpha = await simulateNew();
    const beta = await simulateNew({ clusterName: "beta" });
    const { url } = await controlled(alpha.simulator, beta.simulator);
    expect((await call(url)).json).toMatchObject([{ cluster: "alpha" }, { cluster: "beta", jobs: 16 }]);
    const added = await call(`${url}/1/faults`, "POST", {
      path: "/nodes",
      times: 1,
      fault: { kind: "status", status: 595 },
    });
    expect(added).toMatchObject({ status: 201, json: { hits: 0 } });
    expect((await get(alpha.simulator, "/nodes")).status).toBe(200);
    expect((await get(beta.simulator, "/nodes")).status).toBe(595);
    expect((await call(`${url}/1/faults`)).json).toMatchObject([{ hits: 1 }]);
    await call(`${url}/1/faults`, "DELETE");
    expect(beta.simulator.faults.list()).toEqual([]);
  });

  test.each([
    [{ event: "take-node-offline", node: "pve2" }, "/nodes/pve2/version", 595],
    [
      {
        event: "take-node-offline",
        node: "pve2",
        answer: { status: 596, reason: "Connection timed out", delayMs: 1 },
      },
      "/nodes/pve2/version",
      596,
    ],
    [{ event: "lose-quorum" }, "/nodes/pve1/replication", 500],
    [{ event: "set-version", version: "9.9.9" }, "/version", 200],
    [{ event: "set-view", view: { kind: "none" } }, "/cluster/status", 403],
    [{ event: "hide-guest", vmid: 100 }, "/cluster/replication/100-0", 403],
    [{ event: "revoke-rights" }, "/cluster/status", 403],
    [{ event: "delete-token" }, "/version", 401],
    [{ event: "remove-job-at-once", job: "100-0" }, "/cluster/replication/100-0", 500],
    [{ event: "migrate-guest", vmid: 100, to: "pve2" }, "/nodes/pve1/qemu/100/config", 500],
    [{ event: "steal-guest", vmid: 100, to: "pve2" }, "/nodes/pve2/qemu/100/config", 200],
    [{ event: "remove-guest", vmid: 100, purge: true }, "/cluster/replication/100-0", 500],
    [{ event: "empty-cluster" }, "/cluster/replication/100-0", 500],
    [{ event: "become-cluster", clusterName: "other", seed: 9 }, "/version", 200],
  ])("%j happens", async (event, path, status) => {
    const { simulator } = await simulateNew();
    const { url } = await controlled(simulator);
    expect((await call(`${url}/0/events`, "POST", event)).status).toBe(200);
    expect((await get(simulator, path)).status).toBe(status);
  });

  test("events can be taken back or carried on", async () => {
    const { world, simulator } = await simulateNew();
    const { url } = await controlled(simulator);
    const events = [
      { event: "take-node-offline", node: "pve2", statistics: "fresh" },
      { event: "bring-node-online", node: "pve2" },
      { event: "lose-quorum" },
      { event: "regain-quorum" },
      { event: "run-job", job: "101-0", result: { kind: "succeeded", at: NOW, duration: 1.5 } },
      { event: "start-job-removal", job: "100-0", how: "local" },
      { event: "finish-job-removal", job: "100-0" },
    ];
    for (const event of events) expect((await call(`${url}/0/events`, "POST", event)).status).toBe(200);
    expect(world.nodes.get("pve2")?.status).toBe("online");
    expect(world.nodes.get("pve2")?.jobStates.get("101-0")).toMatchObject({ lastSync: NOW });
    expect(world.quorate).toBe(true);
    expect(world.jobs.has("100-0")).toBe(false);
  });

  test("tells and forgets calls", async () => {
    const { simulator } = await simulateNew();
    const { url } = await controlled(simulator);
    await get(simulator, "/version");
    expect((await call(`${url}/0/calls`)).json).toMatchObject({
      calls: [{ path: "/version" }],
      violations: [],
    });
    await call(`${url}/0/calls`, "DELETE");
    expect(simulator.calls).toEqual([]);
  });

  test("says what is wrong with a request", async () => {
    const { simulator } = await simulateNew();
    const { url } = await controlled(simulator);
    const unknownGuest = await call(`${url}/0/events`, "POST", {
      event: "steal-guest",
      vmid: 9999,
      to: "pve2",
    });
    expect(unknownGuest).toEqual({ status: 400, json: { error: "the world has no guest 9999" } });
    expect((await call(`${url}/0/events`, "POST", { event: "earthquake" })).status).toBe(400);
    expect((await call(`${url}/0/faults`, "POST", { fault: { kind: "hang", at: "noon" } })).status).toBe(400);
    expect((await call(`${url}/7/faults`)).status).toBe(404);
    const form = await fetch(`${url}/0/events`, { method: "POST", body: "event=lose-quorum" });
    expect(form.status).toBe(400);
  });
});
