import type { LabEndpoint, ProcessLab, StoredJob } from "./process-lab.ts";

/** What a sync is about, once per row; a row too many or too few makes two of these differ. */
export interface Inventory {
  readonly nodes: string[];
  readonly storage: string[];
  readonly guests: number[];
  /** Id, and comment if there is one. */
  readonly replications: string[];
}

/** What the simulator serves now. */
export function served({ simulator: { world } }: LabEndpoint): Inventory {
  return {
    nodes: [...world.nodes.keys()].toSorted(),
    storage: [...world.storages.keys()].toSorted(),
    guests: [...world.guests.keys()].toSorted((a, b) => a - b),
    replications: [...world.jobs]
      .map(([id, { comment }]) => [id, comment].filter(Boolean).join(" "))
      .toSorted(),
  };
}

/** Every row that is stored of the endpoint and not stale. */
export async function stored({ query }: ProcessLab, { id }: LabEndpoint): Promise<Inventory> {
  const keys = async <T>(table: string, key: string) => {
    const rows = await query<{ key: T }>(
      `select ${key} as key from ${table} where endpoint_id = $1 and stale_at is null order by 1`,
      [id],
    );
    return rows.map(({ key: value }) => value);
  };
  return {
    nodes: await keys("proxmox_node", 'name collate "C"'),
    storage: await keys("proxmox_storage", 'name collate "C"'),
    guests: await keys("virtual_machine", "vmid"),
    replications: await keys("replication", `concat_ws(' ', replication_id, comment) collate "C"`),
  };
}

/** The change log of a job: how many entries in all, how many about replications, and how many objects have several. */
export async function changesOf({ query }: ProcessLab, { uuid }: StoredJob) {
  const [counts] = await query<{ entries: number; replications: number; doubled: number }>(
    `select coalesce(sum(n), 0)::integer as entries,
            coalesce(sum(n) filter (where type = 'netbox_proxbox.replication'), 0)::integer as replications,
            (count(*) filter (where n > 1))::integer as doubled
     from (select changed_object_type as type, count(*) as n from object_change
           where request_id = $1 group by changed_object_type, changed_object_id) as objects`,
    [uuid],
  );
  return counts;
}

/** Gives every replication this comment, so that the next sync has something to write about each of them. */
export function commentAll({ simulator }: LabEndpoint, comment: string): void {
  for (const job of simulator.world.jobs.values()) job.comment = comment;
}
