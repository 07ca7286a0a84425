import type { RunReport } from "@proxbox/domain";
import type { EntityManager } from "typeorm";

interface EndedRun {
  readonly endpointId: number | null;
  readonly endpoint: string | null;
  readonly status: string;
  readonly error: string;
  readonly result: RunReport | null;
  readonly seconds: number | null;
}

type LogLevel = "info" | "warning" | "error";

/**
 * Ends a job whose runs have all ended, in the transaction that ended the last of them (rule R7); does nothing while
 * one is unfinished. Its status is the worst of its runs', unless `forced` says what it is.
 */
export async function closeJob(
  manager: EntityManager,
  jobId: number,
  forced?: { readonly status: "failed"; readonly error: string },
): Promise<void> {
  // Two workers may end the last two runs at once: the row lock makes one of them see both ends.
  await manager.query(`select 1 from job where id = $1 for update`, [jobId]);
  const runs = await manager.query<EndedRun[]>(
    `select r.endpoint_id as "endpointId", coalesce(e.name, e.domain) as endpoint, r.status, r.error, r.result,
            extract(epoch from r.completed - r.started)::double precision as seconds
     from job_run r left join endpoint e on e.id = r.endpoint_id where r.job_id = $1 order by r.endpoint_id`,
    [jobId],
  );
  if (runs.some(({ status }) => status === "pending" || status === "running")) return;
  const { status, error } = forced ?? outcomeOf(runs);
  await manager.query(
    `update job set status = $2, error = $3, completed = clock_timestamp(),
       data = jsonb_set(data, '{proxbox_sync}', coalesce(data->'proxbox_sync', '{}') || jsonb_build_object(
         'runtime_seconds', round(extract(epoch from clock_timestamp() - coalesce(started, created)), 3),
         'response', $4::jsonb)),
       log_entries = log_entries || $5::jsonb
     where id = $1 and completed is null`,
    [jobId, status, error, JSON.stringify(responseOf(runs)), JSON.stringify(logOf(runs, error))],
  );
}

function outcomeOf(runs: readonly EndedRun[]): { status: string; error: string } {
  if (runs.length === 0) {
    return {
      status: "failed",
      error: "Nothing ran: no endpoint is enabled. Add an endpoint, or enable one.",
    };
  }
  const bad = runs.filter(({ status }) => status !== "completed");
  const [first] = bad;
  if (first === undefined) return outcomeOfGood(runs);
  const status = bad.some((run) => run.status === "errored") ? "errored" : "failed";
  const more = bad.length === 1 ? "" : ` (and ${bad.length - 1} more endpoints)`;
  return { status, error: `${first.endpoint ?? "deleted endpoint"}: ${first.error}${more}` };
}

/** Kinds of work that this version does not collect are accepted, but a job of nothing else did nothing. */
function outcomeOfGood(runs: readonly EndedRun[]): { status: string; error: string } {
  const stages = runs.flatMap(({ result }) => result?.stages ?? []);
  const skipped = new Set(stages.filter(({ status }) => status === "skipped").map(({ stage }) => stage));
  if (skipped.size === 0 || stages.some(({ status }) => status !== "skipped")) {
    return { status: "completed", error: "" };
  }
  return {
    status: "failed",
    error: `Nothing ran: this version does not collect ${[...skipped].join(", ")}.`,
  };
}

function responseOf(runs: readonly EndedRun[]) {
  return {
    endpoints: runs.map(({ endpointId, endpoint, status, error, result, seconds }) => ({
      endpoint_id: endpointId,
      endpoint,
      status,
      error,
      runtime_seconds: seconds,
      stages: result?.stages ?? [],
    })),
  };
}

function logOf(runs: readonly EndedRun[], error: string) {
  const timestamp = new Date().toISOString();
  const lines = runs.flatMap((run) => linesOf(run));
  const all = lines.length === 0 && error !== "" ? [{ level: "error" as const, message: error }] : lines;
  return all.map((line) => ({ ...line, timestamp }));
}

function linesOf({ endpoint, status, error, result }: EndedRun): { level: LogLevel; message: string }[] {
  const name = endpoint ?? "deleted endpoint";
  const lines = (result?.stages ?? []).flatMap((stage) => [
    {
      level: "info" as const,
      message:
        `${name}: ${stage.stage} ${stage.status}: ${stage.created} created, ${stage.updated} updated, ` +
        `${stage.stale} stale, ${stage.unchanged} unchanged`,
    },
    ...stage.warnings.map((warning) => ({
      level: "warning" as const,
      message: `${name}: ${stage.stage}: ${warning}`,
    })),
    ...stage.errors.map(({ item, message }) => ({
      level: "error" as const,
      message: `${name}: ${stage.stage}: ${item}: ${message}`,
    })),
  ]);
  const told = lines.some(({ level }) => level === "error");
  return status === "completed" || told
    ? lines
    : [...lines, { level: "error", message: `${name}: ${error}` }];
}
