import {
  type Coverage,
  decideHold,
  type Failure,
  type ItemError,
  type Kind,
  type KnownEndpoint,
  type Plan,
  type Snapshot,
  type StageReport,
} from "@proxbox/domain";
import type { SyncWriter } from "@proxbox/database";

/** What every stage works with. */
export interface StageContext {
  readonly snapshot: Snapshot;
  readonly writer: SyncWriter;
  /** What was stored before the run: proofs depend on it. */
  readonly known: KnownEndpoint;
}

export type StageResult = Omit<StageReport, "stage" | "status">;

/** Nothing was written, and nothing can be said of the kind: what is stored stays as it was. */
export function unanswered(call: string, { code, message }: Failure): StageResult {
  return { ...nothing, errors: [{ item: call, code, message }] };
}

/**
 * The tests of vanished paths that failed, as one error: a cluster that was emptied has thousands of them. Without them
 * nothing is proven gone, so the rows stay, but the run did not do what was wanted (rule R7).
 */
export function failedVisibility({ visibility }: Snapshot, below: string): ItemError[] {
  const failed = [...visibility].flatMap(([path, answer]) =>
    answer.ok || !path.startsWith(below) ? [] : [answer],
  );
  const [first] = failed;
  if (first === undefined) return [];
  const { code, message } = first.failure;
  const more = failed.length === 1 ? "" : ` (and ${failed.length - 1} more calls)`;
  return [{ item: first.call, code, message: message + more }];
}

export const notAsked: Failure = { code: "bad-answer", message: "was not asked for" };

export const nothing: StageResult = {
  created: 0,
  updated: 0,
  stale: 0,
  unchanged: 0,
  kept: 0,
  held: 0,
  errors: [],
  warnings: [],
};

interface Application<Row> {
  readonly kind: Kind;
  readonly plan: Plan<Row>;
  readonly coverage: Coverage;
  readonly activeRows: number;
  readonly merge: (rows: readonly Row[]) => Promise<{ created: number; updated: number }>;
  readonly errors?: readonly ItemError[];
}

/** Writes a plan, but holds back what would go stale when that is suspiciously much (rule R2). */
export async function applyPlan<Row>(
  writer: SyncWriter,
  { kind, plan, coverage, activeRows, merge, errors = [] }: Application<Row>,
): Promise<StageResult> {
  const written = await merge([...plan.create, ...plan.update.map(({ after }) => after)]);
  const keys = plan.stale.map(({ key }) => key);
  const decision = decideHold(keys, activeRows, await writer.held(kind));
  if (decision === "hold") await writer.hold(kind, keys);
  // An incomplete snapshot is no opinion: it neither confirms a held plan nor drops it.
  if (decision === "apply" && coverage.complete) await writer.dropHold(kind);
  const stale = decision === "apply" ? (await writer.markStale(kind, plan.stale)).updated : 0;
  return {
    ...written,
    stale,
    unchanged: plan.unchanged,
    kept: plan.kept.length,
    held: decision === "apply" ? 0 : keys.length,
    errors,
    warnings: warningsOf({ kind, plan, coverage, held: decision !== "apply" }),
  };
}

function warningsOf({
  kind,
  plan,
  coverage,
  held,
}: {
  kind: Kind;
  plan: Pick<Plan<unknown>, "stale" | "kept">;
  coverage: Coverage;
  held: boolean;
}): string[] {
  const warnings: string[] = [];
  if (held) {
    warnings.push(
      `${plan.stale.length} ${kind} would go stale at once. They are kept until a second complete sync, ` +
        "at least a minute later, agrees.",
    );
  }
  if (!coverage.complete) warnings.push(`The view of ${kind} is not complete: ${coverage.reason}.`);
  const [first] = plan.kept;
  if (first !== undefined) {
    warnings.push(
      `${plan.kept.length} ${kind} are not listed any more, but not proven gone (${first.key}: ${first.reason}).`,
    );
  }
  return warnings;
}
