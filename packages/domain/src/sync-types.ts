/** The kinds of work of a sync, in the order in which they depend on each other. */
export const collectedSyncTypes = ["devices", "storage", "virtual-machines", "replications"] as const;
export type Stage = (typeof collectedSyncTypes)[number];

/** Sync types that netbox-proxbox knows and we do not collect: accepted, and reported as skipped stages. */
export const skippedSyncTypes = [
  "task-history",
  "vm-disks",
  "vm-backups",
  "vm-snapshots",
  "network-interfaces",
  "vm-interfaces",
  "ip-addresses",
  "sdn",
  "backup-routines",
] as const;

export const syncTypes = ["all", ...collectedSyncTypes, ...skippedSyncTypes] as const;
export type SyncType = (typeof syncTypes)[number];

/** What a stage needs to have run before it, in the same run, so that a row is always linked to its neighbours. */
const prerequisites: Record<Stage, readonly Stage[]> = {
  devices: [],
  storage: ["devices"],
  "virtual-machines": ["devices"],
  replications: ["devices", "virtual-machines"],
};

/** The stages that a request runs, in dependency order, and the types that it asks for in vain. */
export function stagesOf(requested: readonly SyncType[]): { run: Stage[]; skipped: SyncType[] } {
  if (requested.includes("all")) return { run: [...collectedSyncTypes], skipped: [] };
  const wanted = new Set<SyncType>(
    requested.flatMap((type) => (isStage(type) ? [type, ...prerequisites[type]] : [])),
  );
  return {
    run: collectedSyncTypes.filter((stage) => wanted.has(stage)),
    skipped: skippedSyncTypes.filter((type) => requested.includes(type)),
  };
}

function isStage(type: SyncType): type is Stage {
  return (collectedSyncTypes as readonly SyncType[]).includes(type);
}
