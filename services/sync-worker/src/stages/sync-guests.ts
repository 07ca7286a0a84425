import { absenceOf, coverageOf, desiredGuests, planRows } from "@proxbox/domain";
import {
  applyPlan,
  failedVisibility,
  notAsked,
  type StageContext,
  type StageResult,
  unanswered,
} from "./stage.ts";

/** Guests as virtual machines. */
export async function syncGuests(
  { snapshot, writer, known }: StageContext,
  clusterId: number,
): Promise<StageResult> {
  const { guests } = snapshot;
  if (guests?.ok !== true) return unanswered("/cluster/resources", guests?.failure ?? notAsked);
  const stored = await writer.stored("guests");
  const coverage = coverageOf("guests", snapshot, known);
  const desired = desiredGuests(
    guests.value,
    new Map(stored.map(({ row }) => [row.vmid, row])),
    await writer.foreignGuestNames(clusterId),
  );
  return applyPlan(writer, {
    kind: "guests",
    plan: planRows({
      key: ({ vmid }) => String(vmid),
      desired,
      stored,
      absence: ({ vmid }) => absenceOf(coverage, snapshot, `/vms/${vmid}`),
    }),
    coverage,
    activeRows: stored.filter(({ stale }) => !stale).length,
    merge: (rows) => writer.merge("guests", rows, clusterId),
    errors: failedVisibility(snapshot, "/vms/"),
  });
}
