import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { migrateGuest, removeGuest, setVersion } from "@proxbox/pve-simulator";
import { type Inventory, staleKeys, storedInventory } from "./stored-inventory.ts";
import { type Lab, type LabCluster, openLab } from "./sync-lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
});
afterAll(() => lab.close());

/** What only an operator writes, by table. */
const operatorColumns = {
  endpoint: ["name", "domain", "port", "username", "tls_fingerprint", "enabled", "custom_field_data"],
  virtualization_cluster: ["description", "custom_field_data"],
  proxmox_cluster: ["custom_field_data"],
  proxmox_node: ["location", "custom_field_data"],
  proxmox_storage: ["custom_field_data"],
  virtual_machine: ["description", "comments", "serial", "start_on_boot", "custom_field_data"],
  replication: ["custom_field_data"],
};

async function operatorValues({ endpointId }: LabCluster) {
  const values: Record<string, unknown[]> = {};
  for (const [table, columns] of Object.entries(operatorColumns)) {
    const scope = table === "endpoint" ? "id" : "endpoint_id";
    values[table] = await lab.query(
      `select id, ${columns.join(", ")} from ${table} where ${scope} = $1 order by id`,
      [endpointId],
    );
  }
  return values;
}

/** An operator writes something of their own on every row. */
async function annotate({ endpointId }: LabCluster): Promise<void> {
  const own = "custom_field_data = jsonb_build_object('owner', 'team ' || id)";
  await lab.query(`update endpoint set ${own} where id = $1`, [endpointId]);
  for (const table of ["proxmox_cluster", "proxmox_storage", "replication"]) {
    await lab.query(`update ${table} set ${own} where endpoint_id = $1`, [endpointId]);
  }
  await lab.query(
    `update virtualization_cluster set ${own}, description = 'the good one' where endpoint_id = $1`,
    [endpointId],
  );
  await lab.query(`update proxmox_node set ${own}, location = 'rack ' || id where endpoint_id = $1`, [
    endpointId,
  ]);
  await lab.query(
    `update virtual_machine set ${own}, description = 'of ' || vmid, comments = 'keep', serial = 'S' || vmid,
       start_on_boot = 'on' where endpoint_id = $1`,
    [endpointId],
  );
}

/** Everything that Proxmox says of everything becomes something else. */
function changeEverything({ world }: LabCluster): void {
  world.clusterName = "renamed";
  world.corosyncVersion += 1;
  setVersion(world, "9.3.1");
  for (const node of world.nodes.values()) {
    node.ip = `198.51.100.${node.nodeid}`;
    node.statistics = { ...node.statistics, maxcpu: 64, cpu: 0.5 };
    node.sslFingerprint = "AA:BB";
  }
  for (const storage of world.storages.values()) {
    storage.content = ["images"];
    storage.disabled = !storage.disabled;
  }
  for (const guest of world.guests.values()) {
    guest.name = `new-${guest.vmid}`;
    guest.status = guest.status === "running" ? "stopped" : "running";
    guest.cores += 1;
    guest.memoryBytes *= 2;
    guest.diskBytes *= 2;
  }
  for (const job of world.jobs.values()) {
    job.comment = "changed";
    job.schedule = "*/20";
    job.rate = 7;
    job.disable = true;
  }
}

test("a sync that changes every row leaves what an operator wrote on it", async () => {
  const cluster = await lab.cluster({ guests: 8, jobs: 8 });
  await cluster.sync();
  await annotate(cluster);
  const [mine, before] = [await operatorValues(cluster), await storedInventory(lab, cluster.endpointId)];
  changeEverything(cluster);
  migrateGuest(cluster.world, 100, "pve2");
  expect(await cluster.sync()).toMatchObject({ status: "completed", error: "" });
  expect(await operatorValues(cluster)).toEqual(mine);
  const after = await storedInventory(lab, cluster.endpointId);
  expect(unchangedRows(before, after)).toEqual([]);
});

/** Rows that a sync did not touch: the test above would prove nothing by them. */
function unchangedRows(before: Inventory, after: Inventory): unknown[] {
  const was = new Set(
    Object.values(before)
      .flat()
      .map((row) => JSON.stringify(row)),
  );
  return Object.values(after)
    .flat()
    .filter((row) => was.has(JSON.stringify(row)));
}

test("going stale and coming back leaves it too", async () => {
  const cluster = await lab.cluster({ guests: 8, jobs: 8 });
  await cluster.sync();
  await annotate(cluster);
  const mine = await operatorValues(cluster);
  const [guest, job] = [cluster.world.guests.get(104), cluster.world.jobs.get("104-0")];
  if (!guest || !job) throw new Error("the world is not as expected");
  removeGuest(cluster.world, 104, { purge: true });
  await cluster.sync();
  expect(await staleKeys(lab, cluster.endpointId)).toEqual({ guests: [104], replications: ["104-0"] });
  expect(await operatorValues(cluster)).toEqual(mine);
  cluster.world.guests.set(104, guest);
  cluster.world.jobs.set("104-0", job);
  await cluster.sync();
  expect(await staleKeys(lab, cluster.endpointId)).toEqual({});
  expect(await operatorValues(cluster)).toEqual(mine);
});

test("what an operator writes over Proxmox's own facts is put right again", async () => {
  const cluster = await lab.cluster({ guests: 4, jobs: 4 });
  await cluster.sync();
  const facts = ({ guests, replications, storage, nodes }: Inventory) => ({
    guests: guests.map(({ name, status, vcpus, memory, disk, template }) => ({
      name,
      status,
      vcpus,
      memory,
      disk,
      template,
    })),
    replications: replications.map(({ schedule, target, comment, disable, rate, status, raw_config }) => ({
      schedule,
      target,
      comment,
      disable,
      rate,
      status,
      raw_config,
    })),
    storage: storage.map(({ content, enabled, path }) => ({ content, enabled, path })),
    nodes: nodes.map(({ ip_address, online, max_cpu }) => ({ ip_address, online, max_cpu })),
  });
  const before = facts(await storedInventory(lab, cluster.endpointId));
  const statements = [
    "update virtual_machine set name = 'mine ' || vmid, status = 'failed', vcpus = 99, memory = 1, disk = 1 where endpoint_id = $1",
    "update replication set schedule = 'mine', target = 'mine', comment = 'mine', disable = not disable, rate = 1, raw_config = '{}' where endpoint_id = $1",
    "update proxmox_storage set content = 'mine', enabled = not enabled, path = 'mine' where endpoint_id = $1",
    "update proxmox_node set ip_address = 'mine', online = false, max_cpu = 1 where endpoint_id = $1",
  ];
  for (const statement of statements) await lab.query(statement, [cluster.endpointId]);
  await cluster.sync();
  expect(facts(await storedInventory(lab, cluster.endpointId))).toEqual(before);
});

test("an operator's status stale on a listed replication does not last", async () => {
  const cluster = await lab.cluster({ guests: 2, jobs: 2 });
  await cluster.sync();
  await lab.query("update replication set status = 'stale' where endpoint_id = $1", [cluster.endpointId]);
  await cluster.sync();
  const { replications } = await storedInventory(lab, cluster.endpointId);
  expect(replications.map(({ status }) => status)).toEqual(["active", "active"]);
});
