import { createHash } from "node:crypto";
import { parseInterval } from "./next-sync.ts";
import { Refusal } from "./refusal.ts";
import type { Behaviour } from "./flavours.ts";
import type { JsonObject } from "./write-json.ts";
import { guestOf } from "./world.ts";
import type { ReplicationJob, World } from "./world.ts";

/** A job that the parser of replication.cfg accepted. */
export interface ParsedJob extends ReplicationJob {
  target: string;
}

/**
 * Reads the jobs as the parser of that version does, sorted by id as text: what it cannot accept is dropped in
 * silence, except for a job without target, which breaks the whole list (contract section 5).
 */
export function parseJobs(world: World, behaviour: Behaviour): ParsedJob[] {
  const seenTargets = new Set<string>();
  const parsed: ParsedJob[] = [];
  for (const id of [...world.jobs.keys()].sort()) {
    const job = world.jobs.get(id);
    if (job?.type !== "local" || guestOf(id) < 100) continue;
    if (job.target === null) {
      if (behaviour.major === 6) continue;
      throw new Refusal(500, "cannot lookup undefined type!");
    }
    const guestAndTarget = `${guestOf(id)} ${job.target}`;
    if (seenTargets.has(guestAndTarget)) continue;
    seenTargets.add(guestAndTarget);
    parsed.push({ ...job, target: job.target, ...acceptableValues(job, behaviour) });
  }
  return parsed;
}

function acceptableValues(
  job: ReplicationJob,
  behaviour: Behaviour,
): Pick<ReplicationJob, "schedule" | "rate" | "comment"> {
  const { schedule, rate, comment } = job;
  return {
    schedule: schedule !== null && parseInterval(schedule, behaviour) === "refused" ? null : schedule,
    rate: rate !== null && rate < 1 ? null : rate,
    comment: comment !== null && !behaviour.percentInCommentsIsSafe ? unescapePercent(comment) : comment,
  };
}

/** Old versions write `%` as it is, and decode what looks like an escape when they read it back. */
function unescapePercent(comment: string): string {
  return comment.replace(/%([0-9a-f]{2})/gi, (_escape, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** The configuration keys of a job as they are listed everywhere. */
export function jobEntry(job: ParsedJob): JsonObject {
  const [guest, jobnum] = job.id.split("-").map(Number);
  return {
    id: job.id,
    guest,
    jobnum,
    type: job.type,
    target: job.target,
    source: job.source ?? undefined,
    schedule: job.schedule ?? undefined,
    rate: job.rate ?? undefined,
    disable: job.disable === null ? undefined : Number(job.disable),
    comment: job.comment ?? undefined,
    remove_job: job.removeJob ?? undefined,
  };
}

/** SHA-1 of the whole file: the same for all jobs, another after any change to any of them. */
export function configDigest(world: World): string {
  const sha1 = createHash("sha1");
  for (const id of [...world.jobs.keys()].sort()) sha1.update(JSON.stringify(world.jobs.get(id)));
  return sha1.digest("hex");
}

/** How a comment stands in the file: percent-encoded where it is not plain ASCII. */
export function encodeComment(comment: string, behaviour: Behaviour): string {
  const unsafe = behaviour.percentInCommentsIsSafe ? /[^ -$&-9;-~]/gu : /[^ -9;-~]/gu;
  return comment.replace(unsafe, (character) =>
    [...Buffer.from(character, "utf8")]
      .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`)
      .join(""),
  );
}
