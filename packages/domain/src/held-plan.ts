/** Staleness of one kind that waits for a second opinion (rule R2). */
export interface HeldPlan {
  readonly keys: readonly string[];
  /** Milliseconds since it was held, by the database's clock. */
  readonly ageMs: number;
}

export type HoldDecision = "apply" | "hold" | "keep-holding";

/** The second run that agrees must come at least this much later. */
const secondOpinionAfterMs = 60_000;
const leastRowsForShare = 5;
const largestShare = 0.5;

/**
 * May these rows go stale now? Not when all rows, or more than half and at least five, would go at once: an emptied
 * file, a re-installed node and a lost right all look like that. Then the plan is held until a second complete run, at
 * least a minute later, agrees. `hold` starts to wait anew, `keep-holding` goes on waiting.
 */
export function decideHold(
  stale: readonly string[],
  activeRows: number,
  held: HeldPlan | null,
): HoldDecision {
  const many = stale.length >= leastRowsForShare && stale.length > activeRows * largestShare;
  const suspicious = stale.length > 0 && (stale.length === activeRows || many);
  if (!suspicious) return "apply";
  if (held === null) return "hold";
  const known = new Set(held.keys);
  if (!stale.every((key) => known.has(key))) return "hold";
  return held.ageMs >= secondOpinionAfterMs ? "apply" : "keep-holding";
}
