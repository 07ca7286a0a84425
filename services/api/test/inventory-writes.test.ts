import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { z } from "zod";
import { type Answer, type ApiFixture, createApiFixture } from "./api-fixture.ts";
import { seedInventory } from "./inventory.ts";

const nodes = "/api/plugins/proxbox/proxmox-nodes/";
const clusters = "/api/plugins/proxbox/proxmox-clusters/";
const storages = "/api/plugins/proxbox/storage/";
const machines = "/api/virtualization/virtual-machines/";

let api: ApiFixture;

beforeAll(async () => {
  api = await createApiFixture();
  await seedInventory(api);
  for (const table of [
    "proxmox_node",
    "proxmox_cluster",
    "proxmox_storage",
    "virtual_machine",
    "virtualization_cluster",
  ]) {
    await api.query(`select setval(pg_get_serial_sequence('${table}', 'id'), 100)`);
  }
});
afterAll(() => api.close());

const post = (path: string, body: unknown) => api.call(path, { method: "POST", body });
const patch = (path: string, body: unknown) => api.call(path, { method: "PATCH", body });
const remove = (path: string, body?: unknown) => api.call(path, { method: "DELETE", body });
const idOf = ({ body }: Answer): number => z.object({ id: z.number() }).parse(body).id;
const required = ["This field is required."];

async function expectRefused(answer: Promise<Answer>, errors: unknown): Promise<void> {
  const { status, body } = await answer;
  expect({ status, body }).toEqual({ status: 400, body: errors });
}

describe("Proxmox nodes", () => {
  const node = { endpoint: 1, name: "node7", ip_address: "2001:db8::7" };

  it("are written with three fields", async () => {
    await expectRefused(post(nodes, {}), { endpoint: required, name: required, ip_address: required });
    const answer = await post(nodes, {
      ...node,
      proxmox_cluster: 1,
      memory_usage: 17_179_869_184,
      max_memory: "34359738368",
    });
    expect(answer).toMatchObject({
      status: 201,
      body: {
        display: "node7 (pve1)",
        proxmox_cluster: { id: 1 },
        node_id: null,
        online: false,
        memory_usage: 17_179_869_184,
        memory_usage_percent: 50,
        ssl_fingerprint: "",
      },
    });
    expect((await patch(`${nodes}${idOf(answer)}/`, { cpu_usage: 0.5 })).body).toMatchObject({
      cpu_usage: 0.5,
      cpu_usage_percent: 0.5,
    });
    await expectRefused(post(nodes, node), {
      __all__: ["Proxmox node with this Proxmox endpoint and Node name already exists."],
    });
    expect((await remove(`${nodes}${idOf(answer)}/`)).status).toBe(204);
  });

  it("have an address", async () => {
    await expectRefused(post(nodes, { ...node, ip_address: "zzz" }), {
      ip_address: ["Enter a valid IPv4 or IPv6 address."],
    });
  });

  it("leave the replications to them without a node", async () => {
    const { body } = await post(nodes, node);
    const id = z.object({ id: z.number() }).parse(body).id;
    await api.query("update replication set proxmox_node_id = $1 where id = 3", [id]);
    expect((await remove(nodes, [{ id }])).status).toBe(204);
    const { body: replication } = await api.call("/api/plugins/proxbox/replications/3/");
    expect(replication).toMatchObject({ proxmox_node: null });
  });
});

describe("Proxmox clusters", () => {
  it("are written with three fields", async () => {
    await expectRefused(post(clusters, {}), { endpoint: required, name: required, mode: required });
    const cluster = { endpoint: 2, name: "c2", mode: "standalone" };
    const answer = await post(clusters, { ...cluster, netbox_cluster: { name: "pve2" }, nodes_count: 3 });
    expect(answer).toMatchObject({
      status: 201,
      body: { display: "c2 (pve2)", netbox_cluster: { id: 2 }, node_count: 3, quorate: false, version: null },
    });
    await expectRefused(post(clusters, cluster), {
      __all__: ["Proxmox cluster with this Proxmox endpoint and Cluster name already exists."],
    });
    await expectRefused(patch(`${clusters}${idOf(answer)}/`, { nodes_count: -1 }), {
      nodes_count: ["Ensure this value is greater than or equal to 0."],
    });
  });
});

describe("storages", () => {
  it("are written with two fields", async () => {
    await expectRefused(post(storages, {}), { cluster: required, name: required });
    const answer = await post(storages, { cluster: { name: "pve2" }, name: "nfs", nodes: "a,b", port: 0 });
    expect(answer).toMatchObject({
      status: 201,
      body: {
        display: "pve2/nfs",
        shared: false,
        enabled: true,
        port: 0,
        storage_type: null,
        raw_config: {},
      },
    });
    await expectRefused(post(storages, { cluster: 2, name: "nfs" }), {
      __all__: ["Proxmox Storage with this Cluster and Name already exists."],
    });
    await expectRefused(
      patch(`${storages}${idOf(answer)}/`, { format: "x".repeat(101), port: null, name: "" }),
      {
        name: ["This field may not be blank."],
        format: ["Ensure this field has no more than 100 characters."],
      },
    );
  });
});

describe("virtual machines", () => {
  it("have defaults, and decimals as numbers", async () => {
    const answer = await post(machines, { name: "new", cluster: { name: "pve2" }, vcpus: "2.5", memory: 0 });
    expect(answer).toMatchObject({
      status: 201,
      body: {
        name: "new",
        status: { value: "active", label: "Active" },
        start_on_boot: { value: "off", label: "Off" },
        cluster: { id: 2 },
        vcpus: 2.5,
        memory: 0,
        disk: null,
        description: "",
      },
    });
    expect((await patch(`${machines}${idOf(answer)}/`, { start_on_boot: "laststate" })).body).toMatchObject({
      start_on_boot: { value: "laststate", label: "Last State" },
    });
  });

  it.each([
    [{ cluster: null }, { __all__: ["A virtual machine must be assigned to a site, cluster, or device."] }],
    [{ name: "x".repeat(65) }, { name: ["Ensure this field has no more than 64 characters."] }],
    [{ name: "VM100" }, { __all__: ["Virtual machine name must be unique per cluster."] }],
    [{ vcpus: 1.234 }, { vcpus: ["Ensure that there are no more than 2 decimal places."] }],
    [
      { vcpus: 0 },
      { vcpus: [expect.stringMatching(/^Ensure this value is greater than or equal to 0\.01/)] },
    ],
    [{ memory: -1 }, { memory: ["Ensure this value is greater than or equal to 0."] }],
    [{ status: "gone" }, { status: ["gone is not a valid choice."] }],
  ])("with %j are refused", async (more, errors) => {
    await expectRefused(post(machines, { name: "other", cluster: 1, ...more }), errors);
  });

  it("cannot lose their cluster by a change", async () => {
    await expectRefused(patch(`${machines}1/`, { cluster: null }), {
      __all__: ["A virtual machine must be assigned to a site, cluster, or device."],
    });
  });

  it("cannot swap their names in one request", async () => {
    const answer = await post(machines, [
      { name: "a", cluster: 1 },
      { name: "b", cluster: 1 },
    ]);
    const [a, b] = z.array(z.object({ id: z.number() })).parse(answer.body);
    await expectRefused(
      patch(machines, [
        { id: a?.id, name: "b" },
        { id: b?.id, name: "a" },
      ]),
      { __all__: ["Virtual machine name must be unique per cluster."] },
    );
  });

  it("take their replications with them", async () => {
    expect((await remove(`${machines}2/`)).status).toBe(204);
    expect((await api.call("/api/plugins/proxbox/replications/3/")).status).toBe(404);
  });
});

describe("what others need", () => {
  it("stays: an endpoint whose cluster has virtual machines that are not its own", async () => {
    const machine = await post(machines, { name: "by hand", cluster: 2 });
    const dependents = await api.query(
      "select id, name from virtual_machine where cluster_id = 2 and endpoint_id is null order by id",
    );
    const names = dependents.map(({ id, name }) => `${String(name)} (${String(id)})`);
    const text = `Unable to delete object. ${names.length} dependent objects were found: ${names.join(", ")}`;
    for (const answer of [
      await remove("/api/plugins/proxbox/endpoints/proxmox/2/"),
      await remove("/api/plugins/proxbox/endpoints/proxmox/", [{ id: 2 }]),
    ]) {
      expect(answer).toMatchObject({ status: 409, body: { detail: text } });
    }
    expect(text).toContain(`by hand (${idOf(machine)})`);
  });
});
