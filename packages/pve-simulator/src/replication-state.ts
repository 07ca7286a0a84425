import { nextSync } from "./next-sync.ts";
import { Refusal } from "./refusal.ts";
import { encodeComment, jobEntry, parseJobs } from "./replication-config.ts";
import type { ParsedJob } from "./replication-config.ts";
import type { Behaviour } from "./flavours.ts";
import type { JsonObject } from "./write-json.ts";
import { guestOf } from "./world.ts";
import type { JobState, World, WorldNode } from "./world.ts";

/** A job as its guest's node lists it. */
export interface ListedJob {
  job: ParsedJob;
  entry: JsonObject;
}

const NEVER_RUN: JobState = { lastTry: 0, lastSync: 0, failCount: 0, duration: null, error: null, pid: null };

/**
 * The jobs of the guests that live on the node now. As on a real node this **writes**: it fills in a missing source
 * and repairs the jobs of guests that moved (contract section 6). Throws a 500 Refusal without quorum or lock.
 */
export function listNodeJobs(world: World, node: WorldNode, behaviour: Behaviour): ListedJob[] {
  lockReplicationConfig(world);
  const repaired = repairSources(world, node.name, behaviour);
  const jobs = parseJobs(world, behaviour).filter(
    (job) => world.guests.get(guestOf(job.id))?.node === node.name && job.target !== node.name,
  );
  return jobs.map((job) => {
    const entry = { ...jobEntry(job), ...runtimeEntry(job, node, { world, behaviour }) };
    return { job, entry: repaired ? asJustWritten(job, entry, behaviour) : entry };
  });
}

function lockReplicationConfig(world: World): void {
  if (!world.quorate) throw new Refusal(500, "cfs-lock 'file-replication_cfg' error: no quorum!");
  if (world.replicationLockHeld) {
    throw new Refusal(500, "cfs-lock 'file-replication_cfg' error: got lock request timeout");
  }
}

/** True when jobs of a moved guest were repaired. */
function repairSources(world: World, nodeName: string, behaviour: Behaviour): boolean {
  let repaired = false;
  for (const { id } of parseJobs(world, behaviour)) {
    const job = world.jobs.get(id);
    if (!job || world.guests.get(guestOf(id))?.node !== nodeName) continue;
    if (job.source !== null && job.source !== nodeName) {
      if (job.target === nodeName) job.target = job.source;
      repaired = true;
    }
    job.source = nodeName;
  }
  return repaired;
}

function runtimeEntry(
  job: ParsedJob,
  node: WorldNode,
  facts: { world: World; behaviour: Behaviour },
): JsonObject {
  const state = node.jobStates.get(job.id) ?? NEVER_RUN;
  return {
    vmtype: facts.world.guests.get(guestOf(job.id))?.type,
    last_try: state.lastTry,
    last_sync: state.lastSync,
    fail_count: state.failCount,
    next_sync: nextSync(job, state, facts),
    duration: state.duration ?? undefined,
    error: state.error ?? undefined,
    pid: state.pid ?? undefined,
  };
}

/** The writer leaves its marks on what the same answer lists: guest as text, comment still encoded. */
function asJustWritten(job: ParsedJob, entry: JsonObject, behaviour: Behaviour): JsonObject {
  return {
    ...entry,
    guest: String(guestOf(job.id)),
    comment: job.comment === null ? undefined : encodeComment(job.comment, behaviour),
  };
}
