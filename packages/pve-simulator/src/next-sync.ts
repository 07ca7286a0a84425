import type { Behaviour } from "./flavours.ts";
import type { ParsedJob } from "./replication-config.ts";
import type { JobState, World } from "./world.ts";

const DEFAULT_SCHEDULE = "*/15";
const keywords = /^(minutely|hourly|daily|weekly|monthly|quarterly|semi-?annually|yearly|annually)(\s*UTC)?$/;
const date = /\d-\d|\*-/;

/**
 * The interval in minutes of an `*` + `/N` schedule; `other` for any further text, `refused` for what the parser of
 * that version certainly does not take (such as keywords and dates before 7.2).
 */
export function parseInterval(schedule: string, behaviour: Behaviour): number | "other" | "refused" {
  if (!behaviour.newSchedules && (keywords.test(schedule) || date.test(schedule))) return "refused";
  if (schedule.trim() === "" || schedule === "every day") return "refused";
  const every = /^\*\/(\d+)$/.exec(schedule);
  if (!every) return "other";
  const minutes = Number(every[1]);
  return minutes >= 1 && minutes <= 59 ? minutes : "refused";
}

/** When the job is due next, in Unix seconds or one of the codes 0 and 1 (contract section 6). */
export function nextSync(
  job: ParsedJob,
  state: JobState,
  { world, behaviour }: { world: World; behaviour: Behaviour },
): number {
  if (job.removeJob !== null) return 1;
  if (state.failCount > 0) {
    if (world.nodes.get(job.target)?.status !== "online") return 0;
    return state.lastTry + retryDelay(state.failCount, behaviour);
  }
  return nextEvent(job.schedule ?? DEFAULT_SCHEDULE, state.lastTry, behaviour);
}

function retryDelay(failCount: number, behaviour: Behaviour): number {
  const shortRetries = behaviour.newSchedules ? 3 : 2;
  return failCount <= shortRetries ? 300 * failCount : 1800;
}

/**
 * Only schedules of the form `*` + `/N` are computed, by minutes of the hour; any other schedule is answered with
 * 15 minutes after the last attempt.
 */
function nextEvent(schedule: string, lastTry: number, behaviour: Behaviour): number {
  const interval = parseInterval(schedule, behaviour);
  if (typeof interval !== "number") return lastTry + 900;
  const hour = lastTry - (lastTry % 3600);
  const minute = Math.floor((lastTry - hour) / 60);
  const next = (Math.floor(minute / interval) + 1) * interval;
  return hour + (next > 59 ? 3600 : next * 60);
}
