import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { openSyncFixture, type SyncFixture, writeInventory } from "./sync-fixture.ts";

let fixture: SyncFixture;
let endpointId: number;
beforeAll(async () => {
  fixture = await openSyncFixture();
  endpointId = await fixture.addEndpoint("pve");
  await fixture.write(endpointId, (writer) => writeInventory(writer));
});
afterAll(() => fixture.close());

test.each([
  ["a stale row without proof", "update proxmox_node set stale_at = now()", "proxmox_node_stale_with_proof"],
  [
    "a proof of a row that is not stale",
    "update replication set stale_proof = '{}'",
    "replication_stale_with_proof",
  ],
  [
    "a stale storage without proof",
    "update proxmox_storage set stale_at = now()",
    "proxmox_storage_stale_with_proof",
  ],
  [
    "a stale guest without proof",
    "update virtual_machine set stale_at = now()",
    "virtual_machine_stale_with_proof",
  ],
  [
    "a replication without a virtual machine or a reason",
    "update replication set virtual_machine_id = null",
    "replication_linked_or_reason",
  ],
  [
    "a replication of a status that NetBox does not know",
    "update replication set status = 'gone'",
    "replication_status_choice",
  ],
  ["a removal of no kind", "update replication set remove_job = 'force'", "replication_remove_job_choice"],
  [
    "a negative number of failures",
    "update replication_runtime set fail_count = -1",
    "replication_runtime_fail_count",
  ],
  [
    "a vmid without an endpoint",
    "update virtual_machine set endpoint_id = null",
    "virtual_machine_vmid_with_endpoint",
  ],
  [
    "a failure without words",
    "insert into node_observation (node_id, observed_at, failure_code) select id, now(), 'tls' from proxmox_node",
    "node_observation_failure",
  ],
])("the schema refuses %s", async (_sentence, statement, constraint) => {
  await expect(fixture.query(statement)).rejects.toMatchObject({ code: "23514", constraint });
});

test.each([
  ["proxmox_node", "endpoint_id, name", "'pve1'", "proxmox_node_one_per_name"],
  ["virtual_machine", "endpoint_id, vmid, name", "100, 'another name'", "virtual_machine_one_per_vmid"],
  [
    "replication",
    "endpoint_id, replication_id, guest, jobnum, target, unresolved_reason",
    "'100-0', 100, 0, 'pve2', 'gone'",
    "replication_one_per_id",
  ],
  ["proxmox_cluster", "endpoint_id, name, mode", "'prod', 'cluster'", "proxmox_cluster_one_per_name"],
])("the schema refuses a second %s of one key, and takes it for another endpoint", async (...row) => {
  const [table, columns, values, constraint] = row;
  const insert = (endpoint: number) =>
    fixture.query(`insert into ${table} (${columns}) values ($1, ${values})`, [endpoint]);
  await expect(insert(endpointId)).rejects.toMatchObject({ code: "23505", constraint });
  await insert(await fixture.addEndpoint("other"));
  expect(await fixture.rows(table, endpointId)).not.toHaveLength(0);
});
