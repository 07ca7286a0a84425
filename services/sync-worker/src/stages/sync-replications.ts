import {
  absenceOf,
  coverageOf,
  desiredReplications,
  desiredRuntimes,
  type ItemError,
  planRows,
  type ReplicationRow,
  type Snapshot,
  type StoredRow,
} from "@proxbox/domain";
import { applyPlan, nothing, notAsked, type StageContext, type StageResult, unanswered } from "./stage.ts";

/** Configuration of the replications, and the state that each online node told. */
export async function syncReplications(context: StageContext): Promise<StageResult> {
  const { snapshot, writer, known } = context;
  const { replications } = snapshot;
  await observeNodes(context);
  const locations = await writer.guestLocations();
  const stored = await writer.stored("replications");
  if (replications?.ok !== true) {
    // What the nodes told is as good without it: it speaks of the replications that are stored.
    const active = stored.filter(({ stale }) => !stale).map(({ row }) => row);
    await syncRuntimes(context, { replications: active, locations, stored });
    const { errors } = unanswered("/cluster/replication", replications?.failure ?? notAsked);
    return { ...nothing, errors: [...errors, ...nodeErrors(snapshot)] };
  }
  const nodes = await writer.stored("nodes");
  const coverage = coverageOf("replications", snapshot, known);
  const coverageOfGuests = coverageOf("guests", snapshot, known);
  const result = await applyPlan(writer, {
    kind: "replications",
    plan: planRows({
      key: ({ replicationId }) => replicationId,
      desired: desiredReplications(replications.value, {
        guests: new Set(locations.keys()),
        nodes: new Set(nodes.map(({ row }) => row.name)),
        isGone: (vmid) => absenceOf(coverageOfGuests, snapshot, `/vms/${vmid}`).gone,
      }),
      stored,
      absence: ({ guest }) => absenceOf(coverage, snapshot, `/vms/${guest}`),
    }),
    coverage,
    activeRows: stored.filter(({ stale }) => !stale).length,
    merge: (rows) => writer.merge("replications", rows, null),
    errors: nodeErrors(snapshot),
  });
  await syncRuntimes(context, { replications: replications.value, locations, stored });
  return result;
}

async function syncRuntimes(
  { snapshot, writer }: StageContext,
  {
    replications,
    locations,
    stored,
  }: {
    replications: readonly Pick<ReplicationRow, "replicationId" | "guest" | "target" | "source">[];
    locations: ReadonlyMap<number, string | null>;
    stored: readonly StoredRow<ReplicationRow>[];
  },
): Promise<void> {
  const before = await writer.storedRuntimes();
  // One that was proven gone and is here again is a new job under an old id: nothing of its state can be lost.
  const gone = new Set(stored.flatMap(({ row, stale }) => (stale ? [row.replicationId] : [])));
  const desired = desiredRuntimes({
    replications,
    listings: listingsOf(snapshot),
    nodeOfGuest: (vmid) => locations.get(vmid) ?? undefined,
    stored: new Map([...before].filter(([replicationId]) => !gone.has(replicationId))),
    before: new Map(stored.map(({ row }) => [row.replicationId, row])),
  });
  const plan = planRows({
    key: ({ replicationId }) => replicationId,
    desired,
    stored: [...before.values()].map((row) => ({ row, stale: false })),
    absence: () => ({ gone: false, reason: "a runtime is never gone by itself" }),
  });
  await writer.mergeRuntimes([...plan.create, ...plan.update.map(({ after }) => after)]);
}

function listingsOf({ runtimes }: Snapshot) {
  return new Map(
    [...runtimes].flatMap(([node, answer]) =>
      answer.ok ? [[node, new Map(answer.value.map((told) => [told.replicationId, told]))] as const] : [],
    ),
  );
}

/** Every stored node gets a word, also those that could not be asked: their replications are unknown from now on. */
async function observeNodes({ snapshot, writer }: StageContext): Promise<void> {
  const { nodes, runtimes } = snapshot;
  const unasked = nodes.ok
    ? { code: "not-found", message: "the cluster does not list this node any more" }
    : { code: nodes.failure.code, message: nodes.failure.message };
  const stored = await writer.stored("nodes");
  await writer.observeNodes(
    stored.map(({ row: { name } }) => {
      const answer = runtimes.get(name);
      if (answer === undefined) return { name, failure: unasked };
      return { name, failure: answer.ok ? null : answer.failure };
    }),
  );
}

/** An offline node is a state that the cluster knows, not an error of the sync: its replications are unknown. */
function nodeErrors({ runtimes }: Snapshot): ItemError[] {
  return [...runtimes.values()].flatMap((answer) =>
    answer.ok || answer.failure.code === "node-offline" ? [] : [{ item: answer.call, ...answer.failure }],
  );
}
