import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { z } from "zod";
import { type Answer, type ApiFixture, createApiFixture } from "./api-fixture.ts";
import { seedInventory } from "./inventory.ts";

let api: ApiFixture;

beforeAll(async () => {
  api = await createApiFixture();
  await seedInventory(api);
  for (const table of ["virtual_machine", "virtualization_cluster"]) {
    await api.query(`select setval(pg_get_serial_sequence('${table}', 'id'), 100)`);
  }
});
afterAll(() => api.close());

const endpoints = "/api/plugins/proxbox/endpoints/proxmox/";
const machines = "/api/virtualization/virtual-machines/";
const post = (path: string, body: unknown) => api.call(path, { method: "POST", body });
const patch = (path: string, body: unknown) => api.call(path, { method: "PATCH", body });
const idOf = ({ body }: Answer): number => z.object({ id: z.number() }).parse(body).id;
const named = (name: string) => ({ name, slug: name.toLowerCase() });
const create = async (path: string, body: unknown): Promise<number> => {
  const answer = await post(path, body);
  expect({ path, status: answer.status, text: answer.text }).toMatchObject({ path, status: 201 });
  return idOf(answer);
};
async function expectKept(path: string, dependents: string): Promise<void> {
  const { status, body } = await api.call(path, { method: "DELETE" });
  const detail = `Unable to delete object. 1 dependent objects were found: ${dependents}`;
  expect({ status, body }).toEqual({ status: 409, body: { detail } });
}

it("a device needs its type, its role and its site, which stay as long as it does", async () => {
  const site = await create("/api/dcim/sites/", named("Berlin"));
  const manufacturer = await create("/api/dcim/manufacturers/", named("Acme"));
  const type = await create("/api/dcim/device-types/", {
    manufacturer,
    model: "R1",
    slug: "r1",
    u_height: 1.5,
  });
  const role = await create("/api/dcim/device-roles/", named("Hypervisor"));
  const device = await create("/api/dcim/devices/", {
    name: "node1",
    device_type: { model: "R1" },
    role: { slug: "hypervisor" },
    site,
  });
  expect((await api.call(`/api/dcim/devices/${device}/`)).body).toMatchObject({
    display: "node1",
    display_url: `${api.origin}/dcim/devices/${device}/`,
    device_type: { id: type, display: "R1", manufacturer: { id: manufacturer, name: "Acme" }, slug: "r1" },
    role: { id: role, name: "Hypervisor", slug: "hypervisor", description: "" },
    site: { id: site, slug: "berlin" },
    tenant: null,
    status: { value: "active", label: "Active" },
  });
  expect((await api.call(`/api/dcim/sites/${site}/`)).body).toMatchObject({ device_count: 1 });
  await expectKept(`/api/dcim/sites/${site}/`, `node1 (${device})`);
  await expectKept(`/api/dcim/manufacturers/${manufacturer}/`, `R1 (${type})`);
  expect((await post("/api/dcim/sites/", { name: "Berlin", slug: "other" })).body).toHaveProperty("name", [
    "site with this name already exists.",
  ]);
  expect(
    (await patch("/api/plugins/proxbox/proxmox-nodes/1/", { netbox_device: device })).body,
  ).toMatchObject({
    netbox_device: { id: device, name: "node1", status: { value: "active", label: "Active" } },
  });
});

it("an address belongs to an endpoint, and stays as long as it does", async () => {
  const addresses = "/api/ipam/ip-addresses/";
  expect((await post(addresses, { address: "zzz" })).body).toEqual({
    address: ["Invalid IP address format: zzz"],
  });
  const address = await create(addresses, { address: "192.0.2.9" });
  expect((await api.call(`${addresses}${address}/`)).body).toMatchObject({
    display: "192.0.2.9/32",
    family: { value: 4, label: "IPv4" },
    address: "192.0.2.9/32",
  });
  const endpoint = await post(endpoints, { name: "byip", mode: "cluster", ip_address: address });
  expect(endpoint).toMatchObject({
    status: 201,
    body: {
      display: "byip (192.0.2.9)",
      domain: null,
      ip_address: {
        id: address,
        url: `${api.origin}${addresses}${address}/`,
        display_url: `${api.origin}/ipam/ip-addresses/${address}/`,
        display: "192.0.2.9/32",
        family: 4,
        address: "192.0.2.9/32",
      },
    },
  });
  await expectKept(`${addresses}${address}/`, `byip (192.0.2.9) (${idOf(endpoint)})`);
  const same = { name: "twice", mode: "cluster", ip_address: address, domain: "pve.example" };
  await create(endpoints, same);
  expect((await post(endpoints, same)).body).toEqual({
    __all__: ["Proxmox endpoint with this Name, IP address and Domain already exists."],
  });
});

it("an endpoint has a site, a tenant and tenants that may use it", async () => {
  const a = await create("/api/tenancy/tenants/", named("A"));
  const b = await create("/api/tenancy/tenants/", named("B"));
  const site = await create("/api/dcim/sites/", named("Bonn"));
  const answer = await patch(`${endpoints}1/`, {
    site,
    tenant: { slug: "a" },
    allowed_tenants: [b, { slug: "a" }],
  });
  expect(answer).toMatchObject({
    status: 200,
    body: {
      site: { id: site, name: "Bonn", slug: "bonn" },
      tenant: { id: a },
      allowed_tenants: [{ id: a }, { id: b }],
    },
  });
  const { body } = await api.call(`${endpoints}?allowed_tenants=b&site=${site}`);
  expect(body).toMatchObject({ count: 1, results: [{ id: 1 }] });
  expect((await api.call(`/api/tenancy/tenants/${b}/`, { method: "DELETE" })).status).toBe(204);
  expect((await api.call(`${endpoints}1/`)).body).toMatchObject({ allowed_tenants: [{ id: a }] });
});

it("names of virtual machines are unique per cluster, and per tenant where they have one", async () => {
  const tenant = await create("/api/tenancy/tenants/", named("C"));
  const other = await create("/api/tenancy/tenants/", named("D"));
  const vm = await create(machines, { name: "VM100", cluster: 1, tenant });
  await create(machines, { name: "VM100", cluster: 1, tenant: other });
  expect((await post(machines, { name: "vm100", cluster: 1, tenant })).body).toEqual({
    __all__: ["Virtual machine name must be unique per cluster and tenant."],
  });
  expect((await patch(`${machines}${vm}/`, { tenant: null })).body).toEqual({
    __all__: ["Virtual machine name must be unique per cluster."],
  });
  await expectKept(`/api/tenancy/tenants/${tenant}/`, `VM100 (${vm})`);
});

it("a virtual machine can have a site instead of a cluster", async () => {
  const site = await create("/api/dcim/sites/", named("Bremen"));
  const vm = await create(machines, { name: "alone", site });
  const { body } = await api.call(`${machines}?site=bremen&site_id=${site}`);
  expect(body).toMatchObject({ count: 1, results: [{ id: vm, cluster: null, site: { slug: "bremen" } }] });
});

it("a virtualization cluster has a type, and says what its machines have together", async () => {
  const clusters = "/api/virtualization/clusters/";
  expect((await post(clusters, {})).body).toEqual({
    name: ["This field is required."],
    type: ["This field is required."],
  });
  const type = await create("/api/virtualization/cluster-types/", named("KVM"));
  const cluster = await create(clusters, { name: "by-hand", type });
  await create(machines, { name: "one", cluster, vcpus: 1.5, memory: 1024 });
  expect((await api.call(`${clusters}${cluster}/`)).body).toMatchObject({
    type: { id: type, name: "KVM", slug: "kvm" },
    status: { value: "active", label: "Active" },
    virtualmachine_count: 1,
    allocated_vcpus: 1.5,
    allocated_memory: 1024,
    allocated_disk: null,
  });
  const brief = await api.call(`${clusters}${cluster}/?brief=1`);
  expect(Object.keys(brief.body ?? {})).toEqual([
    "id",
    "url",
    "display",
    "name",
    "description",
    "virtualmachine_count",
  ]);
  await expectKept(`/api/virtualization/cluster-types/${type}/`, `by-hand (${cluster})`);
});

it("nothing of this was an error of ours", () => {
  expect(api.errors).toEqual([]);
});
