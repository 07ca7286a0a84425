import {
  absenceOf,
  coverageOf,
  desiredCluster,
  desiredNodes,
  type ItemError,
  planRows,
  type Snapshot,
} from "@proxbox/domain";
import { applyPlan, nothing, type StageContext, type StageResult, unanswered } from "./stage.ts";

/** The cluster and its nodes. */
export async function syncDevices(context: StageContext): Promise<StageResult> {
  const cluster = await syncCluster(context);
  const nodes = await syncNodes(context);
  return {
    ...nodes,
    created: nodes.created + cluster.created,
    updated: nodes.updated + cluster.updated,
    unchanged: nodes.unchanged + cluster.unchanged,
    errors: [...cluster.errors, ...nodes.errors, ...failedProofs(context.snapshot)],
  };
}

/** Calls that write no row, yet without which nothing of any kind is proven gone: wanted, so a failure is an error. */
function failedProofs({ permissionsBefore, permissionsAfter, identity }: Snapshot): ItemError[] {
  return [permissionsBefore, permissionsAfter, identity].flatMap((answer) =>
    answer.ok ? [] : [{ item: answer.call, ...answer.failure }],
  );
}

async function syncCluster({ snapshot, writer, known }: StageContext): Promise<StageResult> {
  const status = snapshot.clusterStatus;
  // Without Sys.Audit there is no cluster to name: nodes, guests and replications go on, under a provisional name.
  if (!status.ok) return unanswered(status.call, status.failure);
  const desired = desiredCluster(status.value);
  if (desired === null) return nothing;
  // That it was a cluster must not be forgotten: every later proof depends on it (contract section 7, step 4).
  if (desired.mode === "standalone" && known.everClustered) return { ...nothing, unchanged: 1 };
  const clusterId = await writer.virtualizationCluster(desired.name);
  const stored = await writer.storedClusters();
  const [only] = stored;
  if (only !== undefined && stored.every(({ name }) => name !== desired.name)) {
    await writer.renameCluster(only.name, desired.name);
  }
  const plan = planRows({
    key: ({ name }) => name,
    desired: [desired],
    stored: (await writer.storedClusters()).map((row) => ({ row, stale: false })),
    absence: () => ({ gone: false, reason: "an endpoint has one cluster" }),
  });
  const rows = [...plan.create, ...plan.update.map(({ after }) => after)];
  return { ...nothing, ...(await writer.merge("cluster", rows, clusterId)), unchanged: plan.unchanged };
}

async function syncNodes({ snapshot, writer, known }: StageContext): Promise<StageResult> {
  const { nodes, clusterStatus } = snapshot;
  if (!nodes.ok) return unanswered(nodes.call, nodes.failure);
  const stored = await writer.stored("nodes");
  const coverage = coverageOf("nodes", snapshot, known);
  const plan = planRows({
    key: ({ name }) => name,
    desired: desiredNodes(
      nodes.value,
      clusterStatus.ok ? clusterStatus.value : null,
      new Map(stored.map(({ row }) => [row.name, row])),
    ),
    stored,
    absence: () => absenceOf(coverage, snapshot, null),
  });
  const result = await applyPlan(writer, {
    kind: "nodes",
    plan,
    coverage,
    activeRows: stored.filter(({ stale }) => !stale).length,
    merge: (rows) => writer.merge("nodes", rows, null),
  });
  await writer.measureNodes(nodes.value);
  return result;
}
