import { nodeOf } from "./world.ts";
import type { Random } from "./random.ts";
import type { Guest, JobState, ReplicationJob, World } from "./world.ts";

const SCHEDULES = [null, "*/30", "*/5", "mon..fri 22:00", "sat 03:00", "*/2:00"] as const;
const COMMENTS = [null, "Nightly copy", "Größe geprüft ✓\nzweite Zeile", null, "日本のサイト"] as const;
const FAILURE =
  "command 'set -o pipefail && pvesm export local-zfs:vm-disk-0 zfs -' failed: exit code 255\nConnection timed out";

/** What is special about a job: every sixteen jobs contain each kind once. */
type Kind = "normal" | "disabled" | "failing" | "never synced" | "running" | "limited";
const KINDS: Readonly<Record<number, Kind>> = {
  3: "disabled",
  5: "failing",
  7: "never synced",
  9: "running",
  11: "limited",
};

interface JobPlace {
  index: number;
  guest: Guest;
  target: string;
  jobnum: number;
}

/** Adds jobs: first one for each guest, then a second target for each, and so on. */
export function buildReplication(
  world: World,
  { count, random, now }: { count: number; random: Random; now: number },
): void {
  const guests = [...world.guests.values()];
  const nodeNames = [...world.nodes.keys()];
  for (let index = 0; index < count; index++) {
    const guest = guests[index % guests.length];
    if (!guest) return;
    const jobnum = Math.floor(index / guests.length);
    const target = nodeNames[(nodeNames.indexOf(guest.node) + 1 + jobnum) % nodeNames.length] ?? guest.node;
    const kind = KINDS[index % 16] ?? "normal";
    const job = buildJob({ index, guest, target, jobnum }, kind);
    const node = nodeOf(world, guest.node);
    const state = buildState(kind, { random, now });
    world.jobs.set(job.id, job);
    if (state) node.jobStates.set(job.id, state);
    if (state) node.jobLogs.set(job.id, logOf(job, guest, state));
  }
}

function buildJob({ index, guest, target, jobnum }: JobPlace, kind: Kind): ReplicationJob {
  return {
    id: `${guest.vmid}-${jobnum}`,
    type: "local",
    target,
    source: guest.node,
    schedule: SCHEDULES[index % SCHEDULES.length] ?? null,
    rate: kind === "limited" ? 10.5 : index % 8 === 0 ? 50 : null,
    disable: kind === "disabled" ? true : index % 16 === 13 ? false : null,
    comment: COMMENTS[index % COMMENTS.length] ?? null,
    removeJob: null,
  };
}

function buildState(kind: Kind, { random, now }: { random: Random; now: number }): JobState | null {
  // Within the tightest of the schedules: a fresh world has nothing that is overdue.
  const lastTry = now - 30 - Math.floor(random() * 230);
  const finished = { lastTry, lastSync: lastTry, failCount: 0, error: null, pid: null };
  const duration = Math.round(random() * 90_000_000) / 1_000_000;
  switch (kind) {
    case "never synced":
      return null;
    case "failing":
      return { ...finished, lastSync: lastTry - 7200, failCount: 3, duration, error: FAILURE };
    case "running":
      return { ...finished, lastSync: lastTry - 900, duration, pid: 20_000 + Math.floor(random() * 9000) };
    case "normal":
    case "disabled":
    case "limited":
      return { ...finished, duration };
  }
}

function logOf(job: ReplicationJob, guest: Guest, state: JobState): string[] {
  const at = new Date(state.lastTry * 1000).toISOString().slice(0, 19).replace("T", " ");
  const line = (text: string) => `${at} ${job.id}: ${text}`;
  const kind = guest.type === "qemu" ? "VM" : "CT";
  const begin = [line("start replication job"), line(`guest => ${kind} ${guest.vmid}, running => 0`)];
  if (state.error !== null) return [...begin, line(`end replication job with error: ${state.error}`)];
  return [...begin, line(`volumes => local-zfs:vm-${guest.vmid}-disk-0`), line("end replication job")];
}
