import { CalendarEventError, parseCalendarEvent, worstGap } from "@proxbox/calendar-event";
import type { ReplicationConfig, ReplicationRuntime } from "./proxmox-values.ts";
import type { ReplicationRow, RuntimeRow } from "./rows.ts";

export interface ReplicationNeighbours {
  /** Vmids that have a row, stale or not. */
  readonly guests: ReadonlySet<number>;
  /** Names of nodes that have a row. */
  readonly nodes: ReadonlySet<string>;
  /** Is a guest without a row proven not to exist? */
  readonly isGone: (vmid: number) => boolean;
}

/** Configuration as rows: the missing keys have Proxmox's defaults already (rule R4). */
export function desiredReplications(
  replications: readonly ReplicationConfig[],
  { guests, nodes, isGone }: ReplicationNeighbours,
): ReplicationRow[] {
  const schedules = new Set(replications.map(({ schedule }) => schedule));
  const gaps = new Map(Array.from(schedules, (schedule) => [schedule, gapOf(schedule)]));
  return replications.map(({ raw, ...config }) => {
    const linked = guests.has(config.guest);
    return {
      ...config,
      worstGap: gaps.get(config.schedule) ?? null,
      status: "active",
      rawConfig: raw,
      virtualMachine: linked ? config.guest : null,
      unresolvedReason: linked ? null : isGone(config.guest) ? "gone" : "not-visible",
      proxmoxNode: nodes.has(config.target) ? config.target : null,
    };
  });
}

/** A schedule that we cannot read runs all the same: Proxmox knows what it means. */
function gapOf(schedule: string): number | null {
  try {
    return worstGap(parseCalendarEvent(schedule));
  } catch (error) {
    if (error instanceof CalendarEventError) return null;
    throw error;
  }
}

export interface RuntimeInput {
  readonly replications: readonly {
    readonly replicationId: string;
    readonly guest: number;
    readonly target: string;
    readonly source: string | null;
  }[];
  /** What each node that answered lists, by replication id. Silent nodes are absent. */
  readonly listings: ReadonlyMap<string, ReadonlyMap<string, ReplicationRuntime>>;
  /** The node that a guest lives on; undefined where it is not known. */
  readonly nodeOfGuest: (vmid: number) => string | undefined;
  readonly stored: ReadonlyMap<string, RuntimeRow>;
  /** The stored configuration before this run: tells a lost state from a job that is new under an old id. */
  readonly before: ReadonlyMap<string, { readonly target: string; readonly source: string | null }>;
}

/**
 * The runtime rows that this run knows. A replication whose node was silent is left out: its row keeps the last good
 * values, and the node's observation says since when (rule R5). A job that is new under an old id has no such values.
 */
export function desiredRuntimes(input: RuntimeInput): RuntimeRow[] {
  return input.replications.flatMap((replication) => {
    const { replicationId } = replication;
    const node = input.nodeOfGuest(replication.guest);
    const told = runtimeOf(replicationId, node, input.listings);
    const isNew = isNewUnderOldId(replication, input.before);
    const stored = isNew ? undefined : input.stored.get(replicationId);
    if (told !== undefined) return [fromAnswer(told, stored)];
    // The guest's node answered and does not list the job: the path of a job whose target is that very node, or of a
    // migration under way (contract section 6).
    if (isNew || (node !== undefined && input.listings.has(node))) {
      return [{ ...(stored ?? neverRan(replicationId)), listed: false }];
    }
    return [];
  });
}

/** During a migration a job may be listed by the old node: the guest's own node is the better witness. */
function runtimeOf(
  replicationId: string,
  node: string | undefined,
  listings: RuntimeInput["listings"],
): ReplicationRuntime | undefined {
  const own = node === undefined ? undefined : listings.get(node)?.get(replicationId);
  if (own !== undefined) return own;
  for (const listing of listings.values()) {
    const told = listing.get(replicationId);
    if (told !== undefined) return told;
  }
  return undefined;
}

/** Another target from the same source: no migration does that, so the id was used again (contract section 8). */
function isNewUnderOldId(
  { replicationId, target, source }: RuntimeInput["replications"][number],
  before: RuntimeInput["before"],
): boolean {
  const old = before.get(replicationId);
  return old !== undefined && old.target !== target && old.source === source;
}

function fromAnswer(told: ReplicationRuntime, stored: RuntimeRow | undefined): RuntimeRow {
  const { guest: _guest, ...values } = told;
  const lastGood = told.lastSync ?? stored?.lastSync ?? null;
  if (told.lastSync !== null || lastGood === null) return { ...values, listed: true, stateLost: false };
  return {
    ...values,
    listed: true,
    stateLost: true,
    lastSync: lastGood,
    duration: told.duration ?? stored?.duration ?? null,
  };
}

function neverRan(replicationId: string): RuntimeRow {
  return {
    replicationId,
    listed: false,
    stateLost: false,
    lastSync: null,
    lastTry: null,
    nextSync: null,
    duration: null,
    failCount: 0,
    error: null,
    pid: null,
  };
}
