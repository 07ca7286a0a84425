import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { buildWorld, removeJobAtOnce } from "@proxbox/pve-simulator";
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

test("one of two replications of a guest that is removed goes stale alone", async () => {
  const simulator = await lab.simulator(buildWorld({ clusterName: "beta", seed: 2, guests: 8, jobs: 16 }));
  const endpointId = await lab.addEndpoint(simulator, "two jobs");
  await lab.sync(endpointId);
  removeJobAtOnce(simulator.world, "101-1");
  const job = await lab.sync(endpointId);
  expect({ status: job.status, error: job.error }).toEqual({ status: "completed", error: "" });
  const stale = await lab.query<{ replication_id: string }>(
    "select replication_id from replication where endpoint_id = $1 and status = 'stale'",
    [endpointId],
  );
  expect(stale).toEqual([{ replication_id: "101-1" }]);
});

test("nodes belong to their cluster, and everything that a sync makes is in the change log", async () => {
  const simulator = await lab.simulator(buildWorld({ clusterName: "gamma", seed: 3, guests: 3, jobs: 3 }));
  const endpointId = await lab.addEndpoint(simulator, "logged");
  const { id } = await lab.sync(endpointId);
  const nodes = await lab.query<{ cluster: string | null }>(
    `select c.name as cluster from proxmox_node n left join proxmox_cluster c on c.id = n.proxmox_cluster_id
     where n.endpoint_id = $1`,
    [endpointId],
  );
  expect(nodes).toEqual([{ cluster: "gamma" }, { cluster: "gamma" }, { cluster: "gamma" }]);
  const logged = await lab.query<{ kind: string; action: string; entries: number }>(
    `select changed_object_type as kind, action, count(*)::integer as entries from object_change
     where request_id = (select job_id from job where id = $1) group by 1, 2 order by 1`,
    [id],
  );
  expect(logged).toEqual([
    { kind: "netbox_proxbox.proxmoxcluster", action: "create", entries: 1 },
    { kind: "netbox_proxbox.proxmoxendpoint", action: "update", entries: 1 },
    { kind: "netbox_proxbox.proxmoxnode", action: "create", entries: 3 },
    { kind: "netbox_proxbox.proxmoxstorage", action: "create", entries: 4 },
    { kind: "netbox_proxbox.replication", action: "create", entries: 3 },
    { kind: "virtualization.cluster", action: "create", entries: 1 },
    { kind: "virtualization.virtualmachine", action: "create", entries: 3 },
  ]);
});
