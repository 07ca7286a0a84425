import type { Database } from "../open-database.ts";
import { replicationStateSql } from "../replication-state.ts";

/** One line of an overview. `lastSync` is PostgreSQL's text of an instant in UTC. */
export interface ReplicationOverview {
  readonly replicationId: string;
  readonly guest: number;
  readonly guestName: string | null;
  /** The node that the guest lives on. */
  readonly node: string | null;
  readonly target: string;
  readonly schedule: string;
  readonly state: string;
  readonly lastSync: string | null;
}

/** The first replications of an endpoint, for a person at a terminal. */
export function listReplicationOverview(
  { source }: Database,
  { endpointId, limit }: { endpointId: number; limit: number },
): Promise<ReplicationOverview[]> {
  return source.query<ReplicationOverview[]>(
    `select r.replication_id as "replicationId", r.guest, vm.name as "guestName", n.name as node, r.target, r.schedule,
            ${replicationStateSql} as state, rt.last_sync as "lastSync"
     from replication r
     left join virtual_machine vm on vm.id = r.virtual_machine_id
     left join proxmox_node n on n.id = vm.node_id
     left join node_observation obs on obs.node_id = n.id
     left join replication_runtime rt on rt.replication_id = r.id
     where r.endpoint_id = $1 order by r.guest, r.jobnum limit $2`,
    [endpointId, limit],
  );
}
