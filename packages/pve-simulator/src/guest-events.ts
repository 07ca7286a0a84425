import { guestOf, nodeOf } from "./world.ts";
import type { Guest, JobState, ReplicationJob, World } from "./world.ts";

/**
 * A proper migration (contract section 8): the job that pointed at the new node turns around, every job's source
 * follows, and the state moves along.
 */
export function migrateGuest(world: World, vmid: number, to: string): void {
  const guest = requireGuest(world, vmid);
  const from = nodeOf(world, guest.node);
  const destination = nodeOf(world, to);
  for (const job of jobsOf(world, vmid)) {
    if (job.target === to) job.target = from.name;
    job.source = to;
    moveEntry(from.jobStates, destination.jobStates, job.id);
    moveEntry(from.jobLogs, destination.jobLogs, job.id);
  }
  guest.node = to;
}

/** The guest's files move by hand or by HA: jobs stay as they are until the new node's runtime is asked for. */
export function stealGuest(world: World, vmid: number, to: string): void {
  requireGuest(world, vmid).node = nodeOf(world, to).name;
}

/** The guest goes; its jobs go with it when purged, else they stay as orphans. */
export function removeGuest(world: World, vmid: number, { purge }: { purge: boolean }): void {
  requireGuest(world, vmid);
  world.guests.delete(vmid);
  if (purge) for (const job of jobsOf(world, vmid)) removeJobAtOnce(world, job.id);
}

/** A DELETE: the job is listed as being removed until `finishJobRemoval`. */
export function startJobRemoval(world: World, id: string, how: "full" | "local" = "full"): void {
  requireJob(world, id).removeJob = how;
}

/** The source's scheduler has cleaned up. Throws when the removal was not started. */
export function finishJobRemoval(world: World, id: string): void {
  if (requireJob(world, id).removeJob === null) throw new Error(`job ${id} is not being removed`);
  removeJobAtOnce(world, id);
}

/** A DELETE with force: the entry is gone, and its state with it. */
export function removeJobAtOnce(world: World, id: string): void {
  requireJob(world, id);
  world.jobs.delete(id);
  for (const node of world.nodes.values()) {
    node.jobStates.delete(id);
    node.jobLogs.delete(id);
  }
}

/** How one run of a job ended, or that it is still under way; times are Unix seconds, duration is seconds. */
export type RunResult =
  | { kind: "running"; at: number; pid: number }
  | { kind: "succeeded"; at: number; duration: number }
  | { kind: "failed"; at: number; duration: number; error: string };

/** The scheduler of the guest's node ran the job. A running retry keeps the error of the failure before it. */
export function runJob(world: World, id: string, result: RunResult): void {
  requireJob(world, id);
  const { jobStates } = nodeOf(world, requireGuest(world, guestOf(id)).node);
  const before = jobStates.get(id);
  jobStates.set(id, stateAfter(before, result));
}

/** No guest and no job is left, as after a re-installation that kept the cluster's identity. */
export function emptyCluster(world: World): void {
  world.guests.clear();
  world.jobs.clear();
  for (const node of world.nodes.values()) {
    node.jobStates.clear();
    node.jobLogs.clear();
  }
}

function stateAfter(before: JobState | undefined, result: RunResult): JobState {
  const last = before ?? { lastTry: 0, lastSync: 0, failCount: 0, duration: null, error: null, pid: null };
  switch (result.kind) {
    case "running":
      return { ...last, lastTry: result.at, pid: result.pid };
    case "succeeded":
      return {
        lastTry: result.at,
        lastSync: result.at,
        failCount: 0,
        duration: result.duration,
        error: null,
        pid: null,
      };
    case "failed":
      return {
        ...last,
        lastTry: result.at,
        failCount: last.failCount + 1,
        duration: result.duration,
        error: result.error,
        pid: null,
      };
  }
}

function jobsOf(world: World, vmid: number): ReplicationJob[] {
  return [...world.jobs.values()].filter(({ id }) => guestOf(id) === vmid);
}

function moveEntry<T>(from: Map<string, T>, to: Map<string, T>, key: string): void {
  const entry = from.get(key);
  if (entry !== undefined) to.set(key, entry);
  from.delete(key);
}

function requireGuest(world: World, vmid: number): Guest {
  const guest = world.guests.get(vmid);
  if (!guest) throw new Error(`the world has no guest ${vmid}`);
  return guest;
}

function requireJob(world: World, id: string): ReplicationJob {
  const job = world.jobs.get(id);
  if (!job) throw new Error(`the world has no job ${id}`);
  return job;
}
