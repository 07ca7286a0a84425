import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { buildWorld } from "@proxbox/pve-simulator";
import { type Lab, openLab } from "./sync-lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
});
afterAll(() => lab.close());

test("a first sync stores the whole cluster, linked", async () => {
  const simulator = await lab.simulator(buildWorld({ guests: 12, jobs: 16 }));
  const endpointId = await lab.addEndpoint(simulator);
  const job = await lab.sync(endpointId);
  expect({ status: job.status, error: job.error, log: job.log_entries }).toMatchObject({
    status: "completed",
    error: "",
  });
  const rows = await lab.query<{
    replication_id: string;
    vm: string;
    node: string;
    target: string;
    listed: boolean;
  }>(
    `select r.replication_id, vm.name as vm, n.name as node, r.target, rt.listed from replication r
     left join virtual_machine vm on vm.id = r.virtual_machine_id
     left join proxmox_node n on n.id = r.proxmox_node_id
     left join replication_runtime rt on rt.replication_id = r.id order by r.replication_id`,
  );
  expect(rows).toHaveLength(16);
  for (const row of rows) {
    expect(row.vm).not.toBeNull();
    expect(row.node).toBe(row.target);
    expect(row.listed).toBe(true);
  }
  expect(simulator.violations()).toEqual([]);
  expect(job.log_entries.filter(({ level }) => level !== "info")).toEqual([]);
});
