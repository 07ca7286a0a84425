import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { removeJobAtOnce } from "@proxbox/pve-simulator";
import { storedInventory } from "./stored-inventory.ts";
import { type Lab, openLab } from "./sync-lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
});
afterAll(() => lab.close());

const keys = async (endpointId: number) => {
  const { nodes, storage, guests, replications } = await storedInventory(lab, endpointId);
  return {
    nodes: nodes.map(({ name }) => name),
    storage: storage.map(({ name }) => name),
    guests: guests.map(({ vmid }) => vmid),
    replications: replications.map(({ replication_id }) => replication_id),
  };
};

describe("two clusters of one name, with the same nodes, storages, VMIDs and job ids", () => {
  test("have their own rows, linked only among themselves", async () => {
    const options = { clusterName: "same", guests: 5, jobs: 6 };
    const one = await lab.cluster(options);
    const other = await lab.cluster(options);
    await one.sync();
    await other.sync();
    expect(await keys(other.endpointId)).toEqual(await keys(one.endpointId));
    expect((await keys(one.endpointId)).replications).toHaveLength(6);
    const strangers = await lab.query(
      `select r.id from replication r join virtual_machine vm on vm.id = r.virtual_machine_id
       join proxmox_node target on target.id = r.proxmox_node_id join proxmox_node home on home.id = vm.node_id
       join virtualization_cluster vc on vc.id = vm.cluster_id
       where r.endpoint_id not in (vm.endpoint_id) or r.endpoint_id not in (target.endpoint_id)
          or r.endpoint_id not in (home.endpoint_id) or r.endpoint_id not in (vc.endpoint_id)`,
    );
    expect(strangers).toEqual([]);
  });

  test("take each other's changes for nothing", async () => {
    const options = { clusterName: "apart", guests: 6, jobs: 6 };
    const one = await lab.cluster(options);
    const other = await lab.cluster(options);
    await lab.sync(null);
    const before = await storedInventory(lab, other.endpointId);
    removeJobAtOnce(one.world, "100-0");
    for (const guest of one.world.guests.values()) guest.name = `renamed-${guest.vmid}`;
    expect((await one.sync()).status).toBe("completed");
    expect((await storedInventory(lab, one.endpointId)).replications[0]).toMatchObject({
      replication_id: "100-0",
      status: "stale",
    });
    expect(await storedInventory(lab, other.endpointId)).toEqual(before);
  });
});

test("an object that is listed again and again has one row", async () => {
  const cluster = await lab.cluster({ guests: 5, jobs: 6 });
  await cluster.sync();
  const first = await keys(cluster.endpointId);
  for (const guest of cluster.world.guests.values()) guest.cores += 1;
  for (const job of cluster.world.jobs.values()) job.comment = "changed";
  await cluster.sync();
  await cluster.sync();
  expect(await keys(cluster.endpointId)).toEqual(first);
});

test("the database itself refuses a second row of the same object", async () => {
  const { endpointId, sync } = await lab.cluster({ guests: 4, jobs: 4 });
  await sync();
  const copies: Record<string, string> = {
    replication_one_per_id: `insert into replication (endpoint_id, replication_id, guest, jobnum, target, unresolved_reason)
      select endpoint_id, replication_id, guest, jobnum, target, 'gone' from replication where endpoint_id = $1`,
    virtual_machine_one_per_vmid: `insert into virtual_machine (endpoint_id, vmid, name)
      select endpoint_id, vmid, 'copy of ' || name from virtual_machine where endpoint_id = $1`,
    proxmox_node_one_per_name: `insert into proxmox_node (endpoint_id, name)
      select endpoint_id, name from proxmox_node where endpoint_id = $1`,
  };
  for (const [constraint, copy] of Object.entries(copies)) {
    await expect(lab.query(copy, [endpointId])).rejects.toMatchObject({ code: "23505", constraint });
  }
});

test("a list that names an object twice is no answer, and doubles nothing", async () => {
  const cluster = await lab.cluster({ guests: 4, jobs: 4 });
  await cluster.sync();
  const before = await storedInventory(lab, cluster.endpointId);
  const twice = { id: "100-0", guest: 100, jobnum: 0, type: "local", target: "pve3" };
  cluster.simulator.faults.add({
    path: "/cluster/replication",
    fault: { kind: "data", data: [twice, { ...twice, target: "pve2" }] },
  });
  expect(await cluster.sync()).toMatchObject({
    status: "errored",
    error: expect.stringContaining("occurs twice"),
  });
  expect(await storedInventory(lab, cluster.endpointId)).toEqual(before);
});
