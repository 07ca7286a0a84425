import { absenceOf, coverageOf, desiredStorage, planRows } from "@proxbox/domain";
import {
  applyPlan,
  failedVisibility,
  notAsked,
  type StageContext,
  type StageResult,
  unanswered,
} from "./stage.ts";

export async function syncStorage(
  { snapshot, writer, known }: StageContext,
  clusterId: number,
): Promise<StageResult> {
  const { storage } = snapshot;
  if (storage?.ok !== true) return unanswered("/storage", storage?.failure ?? notAsked);
  const stored = await writer.stored("storage");
  const coverage = coverageOf("storage", snapshot, known);
  return applyPlan(writer, {
    kind: "storage",
    plan: planRows({
      key: ({ name }) => name,
      desired: desiredStorage(storage.value),
      stored,
      absence: ({ name }) => absenceOf(coverage, snapshot, `/storage/${name}`),
    }),
    coverage,
    activeRows: stored.filter(({ stale }) => !stale).length,
    merge: (rows) => writer.merge("storage", rows, clusterId),
    errors: failedVisibility(snapshot, "/storage/"),
  });
}
