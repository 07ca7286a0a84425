import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type ApiFixture, createApiFixture, idsOf } from "./api-fixture.ts";
import { seedInventory } from "./inventory.ts";

describe("the inventory around replications", () => {
  let api: ApiFixture;
  const keysOf = async (path: string): Promise<string> =>
    Object.keys((await api.call(path)).body ?? {}).join(" ");
  const ids = async (path: string): Promise<number[]> => idsOf(await api.call(path));

  beforeAll(async () => {
    api = await createApiFixture();
    await seedInventory(api);
  });
  afterAll(async () => {
    await api.close();
  });

  test("nodes", async () => {
    const path = "/api/plugins/proxbox/proxmox-nodes/";
    expect(await keysOf(`${path}1/`)).toBe(
      "id url display endpoint proxmox_cluster netbox_device name node_id ip_address online local cpu_usage " +
        "cpu_usage_percent max_cpu memory_usage memory_usage_percent max_memory ssl_fingerprint location " +
        "support_level default_role_qemu default_role_lxc created last_updated custom_fields tags",
    );
    expect((await api.call(`${path}1/`)).body).toMatchObject({
      display: "node1 (pve1)",
      proxmox_cluster: {
        id: 1,
        url: `${api.origin}/api/plugins/proxbox/proxmox-clusters/1/`,
        display: "pve-cl1 (pve1)",
        name: "pve-cl1",
      },
      memory_usage: 1,
      memory_usage_percent: 33.33333333333333,
    });
    expect(await ids(path)).toEqual([1, 2, 3]);
    expect(await ids(`${path}?online=true&ordering=-name`)).toEqual([3, 1]);
    expect(await ids(`${path}?ip_address=192.0.2.1&ip_address=192.0.2.2`)).toEqual([2]);
    expect(await ids(`${path}?ip_address__empty=true`)).toEqual([1, 2, 3]);
    expect(await ids(`${path}?netbox_device=null&proxmox_cluster=null`)).toEqual([3]);
    expect(await ids(`${path}?q=192.0.2.3`)).toEqual([3]);
  });

  test("Proxmox clusters", async () => {
    const path = "/api/plugins/proxbox/proxmox-clusters/";
    expect(await keysOf(`${path}1/`)).toBe(
      "id url display endpoint netbox_cluster name cluster_id mode nodes_count node_count quorate version created " +
        "last_updated custom_fields tags",
    );
    expect((await api.call(`${path}1/`)).body).toMatchObject({
      display: "pve-cl1 (pve1)",
      node_count: 2,
      netbox_cluster: { id: 1, display: "pve-cl1", name: "pve-cl1", description: "" },
    });
    expect(await ids(`${path}?mode=cluster&netbox_cluster=1&quorate=true`)).toEqual([1]);
  });

  test("storages", async () => {
    const path = "/api/plugins/proxbox/storage/";
    expect(await keysOf(`${path}1/`)).toBe(
      "id url display cluster name storage_type content path nodes shared enabled server port username export share " +
        "pool monhost namespace datastore subdir mountpoint is_mountpoint preallocation format prune_backups " +
        "max_protected_backups raw_config tags custom_fields created last_updated",
    );
    expect((await api.call(`${path}1/`)).body).toMatchObject({ display: "pve-cl1/local-zfs" });
    expect(
      await ids(`${path}?cluster__name=pve-cl1&cluster=1&storage_type=zfspool&format__empty=true`),
    ).toEqual([1]);
    expect(await ids(`${path}?q=PVE-CL1`)).toEqual([1]);
  });

  test("virtual machines", async () => {
    const path = "/api/virtualization/virtual-machines/";
    expect(await keysOf(`${path}1/`)).toBe(
      "id url display_url display name virtual_machine_type role status start_on_boot site cluster device platform " +
        "primary_ip primary_ip4 primary_ip6 vcpus memory disk description serial tenant owner comments tags " +
        "local_context_data config_template custom_fields created last_updated interface_count virtual_disk_count " +
        "config_context",
    );
    expect((await api.call(`${path}1/`)).body).toMatchObject({
      display_url: `${api.origin}/virtualization/virtual-machines/1/`,
      vcpus: 2.5,
      status: { value: "active", label: "Active" },
      start_on_boot: { value: "off", label: "Off" },
      cluster: {
        id: 1,
        url: `${api.origin}/api/virtualization/clusters/1/`,
        display: "pve-cl1",
        name: "pve-cl1",
        description: "",
      },
      config_context: {},
    });
    expect(await ids(path)).toEqual([3, 1, 2]);
    expect(await ids(`${path}?name=VM100`)).toEqual([1, 2]);
    expect(await ids(`${path}?name__n=VM100`)).toEqual([3, 1, 2]);
    expect(await ids(`${path}?cluster_id=1&cluster_id=2&status=active&status=offline`)).toEqual([3, 1, 2]);
    expect(await ids(`${path}?cluster=pve2`)).toEqual([2]);
    expect(await ids(`${path}?vcpus=2.50&vcpus__lt=3`)).toEqual([1]);
    expect(await ids(`${path}?site=null&site_id=null&has_primary_ip=false`)).toEqual([3, 1, 2]);
    expect(await keysOf(`${path}1/?exclude=config_context`)).not.toContain("config_context");
    const bad = await api.call(
      `${path}?cluster_id=1&cluster_id=99&status=bogus&status__ic=act&cluster=nope&vcpus=x`,
    );
    expect(bad.body).toEqual({
      cluster_id: ["Select a valid choice. 99 is not one of the available choices."],
      status: ["Select a valid choice. bogus is not one of the available choices."],
      status__ic: ["Select a valid choice. act is not one of the available choices."],
      cluster: ["Select a valid choice. nope is not one of the available choices."],
      vcpus: ["Enter a number."],
    });
  });

  test("nothing of this was an error of ours", () => {
    expect(api.errors).toEqual([]);
  });
});
