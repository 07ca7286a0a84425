import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { removeGuest } from "@proxbox/pve-simulator";
import { replicationStates, storedInventory } from "./stored-inventory.ts";
import { type Lab, openLab } from "./sync-lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
});
afterAll(() => lab.close());

const links = async (endpointId: number) => {
  const { replications } = await storedInventory(lab, endpointId);
  return replications.map(({ replication_id, virtual_machine_id, unresolved_reason }) => ({
    id: replication_id,
    linked: virtual_machine_id !== null,
    reason: unresolved_reason,
  }));
};

test("a job whose guest is proven gone before it was ever seen is stored without a virtual machine", async () => {
  const { world, endpointId, sync } = await lab.cluster({ guests: 4, jobs: 4 });
  removeGuest(world, 102, { purge: false });
  const job = await sync();
  expect(job).toMatchObject({ status: "completed" });
  expect(await links(endpointId)).toEqual([
    { id: "100-0", linked: true, reason: null },
    { id: "101-0", linked: true, reason: null },
    { id: "102-0", linked: false, reason: "gone" },
    { id: "103-0", linked: true, reason: null },
  ]);
  expect(await replicationStates(lab, endpointId)).toMatchObject({
    "102-0": { state: "orphaned", reason: "Guest 102 does not exist any more." },
  });
  const [change] = await lab.query<{ object_repr: string; guest: number }>(
    `select c.object_repr, (c.postchange_data->>'guest')::integer as guest from object_change c
     join replication r on r.id = c.changed_object_id and c.changed_object_type = 'netbox_proxbox.replication'
     where r.endpoint_id = $1 and r.replication_id = '102-0'`,
    [endpointId],
  );
  expect(change).toEqual({ object_repr: "102 - 102-0", guest: 102 });
});

test("a job whose guest could not be listed is stored with that reason, and linked once the guest is seen", async () => {
  const { simulator, endpointId, sync } = await lab.cluster({ guests: 3, jobs: 3 });
  simulator.faults.add({ path: "/cluster/resources", times: 1, fault: { kind: "status", status: 500 } });
  expect(await sync()).toMatchObject({ status: "errored" });
  expect(await links(endpointId)).toEqual(
    ["100-0", "101-0", "102-0"].map((id) => ({ id, linked: false, reason: "not-visible" })),
  );
  expect(await replicationStates(lab, endpointId)).toMatchObject({
    "100-0": {
      state: "unknown",
      unknown: "guest-not-visible",
      reason: "Guest 100 is not visible: give the credentials VM.Audit on /vms/100.",
    },
  });
  expect(await sync()).toMatchObject({ status: "completed" });
  expect(await links(endpointId)).toEqual(
    ["100-0", "101-0", "102-0"].map((id) => ({ id, linked: true, reason: null })),
  );
});

test("a job whose target left the cluster is stored with the target's name and no node", async () => {
  const { world, endpointId, sync } = await lab.cluster({ guests: 3, jobs: 3 });
  const job = world.jobs.get("100-0");
  if (!job) throw new Error("the world has no job 100-0");
  job.target = "left-long-ago";
  expect(await sync()).toMatchObject({ status: "completed" });
  const [row] = (await storedInventory(lab, endpointId)).replications;
  expect(row).toMatchObject({ target: "left-long-ago", proxmox_node_id: null });
  expect(row?.["virtual_machine_id"]).not.toBeNull();
});

test("a guest that vanishes later stays linked, so that its name is not lost", async () => {
  const { world, endpointId, sync } = await lab.cluster({ guests: 4, jobs: 4 });
  await sync();
  const before = await links(endpointId);
  removeGuest(world, 101, { purge: false });
  await sync();
  expect(await links(endpointId)).toEqual(before);
});

test("the database refuses a job with neither a virtual machine nor a reason", async () => {
  const { endpointId, sync } = await lab.cluster({ guests: 2, jobs: 1 });
  await sync();
  await expect(
    lab.query("update replication set virtual_machine_id = null where endpoint_id = $1", [endpointId]),
  ).rejects.toMatchObject({ code: "23514", constraint: "replication_linked_or_reason" });
});
