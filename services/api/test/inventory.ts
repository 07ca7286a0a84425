import type { ApiFixture } from "./api-fixture.ts";

/** Two endpoints with the same node, guest and replication names, as two clusters may have them. */
export async function seedInventory({ query }: Pick<ApiFixture, "query">): Promise<void> {
  await query(`
    insert into endpoint (id, name, domain, mode) overriding system value values
      (1, 'pve1', 'pve1.example', 'cluster'), (2, 'pve2', 'pve2.example', 'standalone')`);
  await query(`
    select setval(pg_get_serial_sequence('endpoint', 'id'), 100)`);
  await query(`
    insert into virtualization_cluster (id, endpoint_id, name) values (1, 1, 'pve-cl1'), (2, 2, 'pve2')`);
  await query(`
    insert into proxmox_cluster (id, endpoint_id, netbox_cluster_id, name, mode, nodes_count, quorate) values
      (1, 1, 1, 'pve-cl1', 'cluster', 2, true)`);
  await query(`
    insert into proxmox_node (id, endpoint_id, proxmox_cluster_id, name, node_id, ip_address, online, memory_usage, max_memory) values
      (1, 1, 1, 'node1', 1, '192.0.2.1', true, 1, 3), (2, 1, 1, 'node2', 2, '192.0.2.2', false, null, null),
      (3, 2, null, 'node1', null, '192.0.2.3', true, null, null)`);
  await query(`insert into node_observation (node_id, observed_at, answered_at) values (1, now(), now())`);
  await query(`
    insert into virtual_machine (id, endpoint_id, vmid, node_id, name, cluster_id, vcpus, memory) values
      (1, 1, 100, 1, 'vm100', 1, 2.5, 2048), (2, 2, 100, 3, 'vm100', 2, null, null), (3, 1, 101, 1, 'Vm9', 1, null, null)`);
  await query(`
    insert into replication (id, endpoint_id, replication_id, virtual_machine_id, unresolved_reason, proxmox_node_id,
        guest, target, schedule, rate, comment, source, jobnum, status, raw_config, stale_at, stale_proof, created, last_updated) values
      (1, 1, '100-0', 1, null, 2, 100, 'node2', '*/15', 10.5, 'hello 100%', 'node1', 0, 'active', '{"a": [1]}', null, null,
        '2026-11-23 14:24:57.305186+00', '2026-11-23 14:24:58+00'),
      (2, 1, '9-1', null, 'not-visible', null, 9, 'node2', '*/30', null, null, null, 1, 'active', '{}', null, null, default, default),
      (3, 2, '100-0', 2, null, null, 100, 'backup_node', '', null, '', 'node1', 0, 'stale', '{}', now(), '{}', default, default),
      (4, null, '7-0', 3, null, null, 7, 'node9', '', null, 'Grüße', 'node1', 0, 'active', '{}', null, null, default, default)`);
  await query(`
    insert into replication_runtime (replication_id, listed, last_sync, last_try, next_sync, duration, fail_count, error) values
      (1, true, '2026-11-23 14:15:00+00', '2026-11-23 14:30:00+00', '2026-11-23 14:45:00.5+00', 3.25, 2, 'no route')`);
  await query(`
    insert into proxmox_storage (id, endpoint_id, cluster_id, name, storage_type, content, nodes) values
      (1, 1, 1, 'local-zfs', 'zfspool', 'images,rootdir', 'node1,node2')`);
}
