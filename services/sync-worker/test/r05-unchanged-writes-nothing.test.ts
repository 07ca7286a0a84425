import { afterAll, beforeAll, expect, test } from "@jest/globals";
import {
  FLAVOUR_VERSIONS,
  type Flavour,
  hideGuest,
  removeGuest,
  removeJobAtOnce,
  runJob,
  stealGuest,
  takeNodeOffline,
} from "@proxbox/pve-simulator";
import { storedInventory } from "./stored-inventory.ts";
import { type Lab, type LabCluster, openLab } from "./sync-lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
});
afterAll(() => lab.close());

/** Rows of the endpoint that this work wrote, by table: PostgreSQL itself says which transaction wrote a row last. */
async function rowsWritten({ endpointId }: LabCluster, work: () => Promise<unknown>) {
  const versions = async () => {
    const rows = await lab.query<{ table: string; id: number; xmin: string }>(
      `select 'endpoint' as table, id, xmin::text from endpoint where id = $1
       union all select 'virtualization_cluster', id, xmin::text from virtualization_cluster where endpoint_id = $1
       union all select 'proxmox_cluster', id, xmin::text from proxmox_cluster where endpoint_id = $1
       union all select 'proxmox_node', id, xmin::text from proxmox_node where endpoint_id = $1
       union all select 'proxmox_storage', id, xmin::text from proxmox_storage where endpoint_id = $1
       union all select 'virtual_machine', id, xmin::text from virtual_machine where endpoint_id = $1
       union all select 'replication', id, xmin::text from replication where endpoint_id = $1
       union all select 'replication_runtime', rt.replication_id, rt.xmin::text from replication_runtime rt
         join replication r on r.id = rt.replication_id where r.endpoint_id = $1
       union all select 'node_observation', o.node_id, o.xmin::text from node_observation o
         join proxmox_node n on n.id = o.node_id where n.endpoint_id = $1
       union all select 'object_change', c.id, c.xmin::text from object_change c
         join job j on j.job_id = c.request_id join job_run run on run.job_id = j.id where run.endpoint_id = $1`,
      [endpointId],
    );
    return new Map(rows.map(({ table, id, xmin }) => [`${table} ${id}`, xmin]));
  };
  const before = await versions();
  await work();
  const written: Record<string, number> = {};
  for (const [row, xmin] of await versions()) {
    const [table = ""] = row.split(" ");
    if (before.get(row) !== xmin) written[table] = (written[table] ?? 0) + 1;
  }
  return written;
}

/** One row for each of three nodes, whatever they have: the bookkeeping of a sync. */
const bookkeeping = { node_observation: 3 };

const flavours = Object.keys(FLAVOUR_VERSIONS) as Flavour[];

test.each(flavours)("a second sync of Proxmox VE %s writes nothing but one row per node", async (flavour) => {
  const cluster = await lab.cluster({ flavour, guests: 48, jobs: 64 });
  expect(await cluster.sync()).toMatchObject({ status: "completed" });
  expect(await rowsWritten(cluster, cluster.sync)).toEqual(bookkeeping);
  const job = await cluster.sync();
  expect(job.data).toMatchObject({
    proxbox_sync: {
      response: {
        endpoints: [
          {
            stages: [
              { stage: "devices", created: 0, updated: 0, stale: 0, unchanged: 4 },
              { stage: "storage", created: 0, updated: 0, stale: 0, unchanged: 4 },
              { stage: "virtual-machines", created: 0, updated: 0, stale: 0, unchanged: 48 },
              { stage: "replications", created: 0, updated: 0, stale: 0, unchanged: 64 },
            ],
          },
        ],
      },
    },
  });
});

test("nor does a second sync of a troubled cluster", async () => {
  const cluster = await lab.cluster({ guests: 24, jobs: 32 });
  await cluster.sync();
  for (const guest of cluster.world.guests.values()) if (guest.vmid > 110) guest.name = "Same";
  takeNodeOffline(cluster.world, "pve3");
  removeJobAtOnce(cluster.world, "100-0");
  removeGuest(cluster.world, 103, { purge: false });
  stealGuest(cluster.world, 104, "pve1");
  const orphan = cluster.world.jobs.get("106-0");
  if (orphan) orphan.target = "left-long-ago";
  hideGuest(cluster.world, 109);
  await cluster.sync();
  await cluster.sync();
  expect(await rowsWritten(cluster, cluster.sync)).toEqual(bookkeeping);
});

test("a limited sync of unchanged data writes nothing either", async () => {
  const cluster = await lab.cluster();
  await cluster.sync();
  expect(await rowsWritten(cluster, () => cluster.sync(["devices"]))).toEqual({});
  expect(await rowsWritten(cluster, () => cluster.sync(["storage", "virtual-machines"]))).toEqual({});
});

test("an endpoint that does not answer costs one row per node", async () => {
  const cluster = await lab.cluster({ guests: 24, jobs: 32 });
  await cluster.sync();
  cluster.simulator.faults.add({ path: "/**", fault: { kind: "reset" } });
  expect(await rowsWritten(cluster, cluster.sync)).toEqual(bookkeeping);
});

test("a run of one job writes its runtime and nothing else", async () => {
  const cluster = await lab.cluster({ guests: 12, jobs: 12 });
  await cluster.sync();
  const before = await storedInventory(lab, cluster.endpointId);
  runJob(cluster.world, "100-0", { kind: "succeeded", at: Math.floor(Date.now() / 1000), duration: 3.25 });
  expect(await rowsWritten(cluster, cluster.sync)).toEqual({ ...bookkeeping, replication_runtime: 1 });
  expect(await storedInventory(lab, cluster.endpointId)).toEqual(before);
});

test("one changed job writes one row and one change-log entry, and only its own ETag moves", async () => {
  const cluster = await lab.cluster({ guests: 12, jobs: 12 });
  await cluster.sync();
  const before = (await storedInventory(lab, cluster.endpointId)).replications;
  const job = cluster.world.jobs.get("105-0");
  if (!job) throw new Error("the world has no job 105-0");
  job.comment = "another word";
  expect(await rowsWritten(cluster, cluster.sync)).toEqual({
    ...bookkeeping,
    replication: 1,
    object_change: 1,
  });
  const after = (await storedInventory(lab, cluster.endpointId)).replications;
  const moved = after.filter((row, index) => row["last_updated"] !== before[index]?.["last_updated"]);
  expect(moved.map(({ replication_id }) => replication_id)).toEqual(["105-0"]);
});

test("measurements move neither last_updated nor the change log", async () => {
  const cluster = await lab.cluster();
  await cluster.sync();
  const before = await storedInventory(lab, cluster.endpointId);
  for (const { statistics } of cluster.world.nodes.values()) statistics.cpu += 0.25;
  expect(await rowsWritten(cluster, cluster.sync)).toEqual({ ...bookkeeping, proxmox_node: 3 });
  expect(await storedInventory(lab, cluster.endpointId)).toEqual(before);
});
