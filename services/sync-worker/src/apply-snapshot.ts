import type { SyncWriter } from "@proxbox/database";
import {
  type Coverage,
  coverageOf,
  type JsonObject,
  type Kind,
  type RunReport,
  type Snapshot,
  type Stage,
  type StageReport,
  type SyncType,
} from "@proxbox/domain";
import { nothing, type StageContext, type StageResult } from "./stages/stage.ts";
import { syncDevices } from "./stages/sync-devices.ts";
import { syncGuests } from "./stages/sync-guests.ts";
import { syncReplications } from "./stages/sync-replications.ts";
import { syncStorage } from "./stages/sync-storage.ts";

/** The snapshot must not be written: it is, or may be, of another cluster, or of one that another endpoint owns. */
export class SnapshotRefused extends Error {
  override readonly name = "SnapshotRefused";
  readonly code = "bad-answer";
}

/**
 * Plans and writes, stage after stage in dependency order. A stage that fails is undone alone and reported.
 * Throws SnapshotRefused, and then nothing is written.
 */
export async function applySnapshot(
  writer: SyncWriter,
  snapshot: Snapshot,
  { stages, skipped }: { stages: readonly Stage[]; skipped: readonly SyncType[] },
): Promise<RunReport> {
  const stored = await writer.known();
  await checkIdentity(writer, snapshot, stored.identity);
  const known = { ...stored, identity: stored.identity ?? firstIdentity(snapshot, stored.empty) };
  if (snapshot.version.ok) await writer.describeEndpoint(snapshot.version.value, modeOf(snapshot));
  const context = { snapshot, writer, known };
  const reports: StageReport[] = [];
  for (const stage of stages) reports.push(await runStage(stage, context));
  for (const type of skipped) reports.push(skippedStage(type));
  await writer.observeEndpoint(describeCoverage(context));
  return { stages: reports };
}

/** The first snapshot of an endpoint says what its identity is; there is nothing stored that it could contradict. */
function firstIdentity({ identity }: Snapshot, empty: boolean): string | null {
  return empty && identity.ok ? identity.value : null;
}

function modeOf({ clusterStatus }: Snapshot): "standalone" | "cluster" | null {
  if (!clusterStatus.ok) return null;
  return clusterStatus.value.cluster === null ? "standalone" : "cluster";
}

async function checkIdentity(
  writer: SyncWriter,
  { identity }: Snapshot,
  stored: string | null,
): Promise<void> {
  if (!identity.ok) {
    if (stored === null) return;
    throw new SnapshotRefused(
      `${identity.call}: ${identity.failure.message}. Without it nobody knows whether this is still the same cluster, ` +
        "so nothing was written.",
    );
  }
  if (stored !== null && stored !== identity.value) {
    throw new SnapshotRefused(
      `Another cluster answers at this address (root certificate ${identity.value}, known is ${stored}). ` +
        "Nothing was written. Correct the address, or delete the endpoint and add the new cluster.",
    );
  }
  const owner = await writer.claimIdentity(identity.value);
  if (owner !== null) {
    throw new SnapshotRefused(
      `The endpoint "${owner}" is the same cluster already. Nothing was written. Disable one of the two.`,
    );
  }
}

const work: Record<Stage, (context: StageContext) => Promise<StageResult>> = {
  devices: syncDevices,
  storage: async (context) => syncStorage(context, await clusterOf(context)),
  "virtual-machines": async (context) => syncGuests(context, await clusterOf(context)),
  replications: syncReplications,
};

/** NetBox wants a cluster for every guest; without the right to name it, the endpoint's id does until a sync can. */
async function clusterOf({ writer }: StageContext): Promise<number> {
  const id =
    (await writer.virtualizationCluster(null)) ??
    (await writer.virtualizationCluster(`Proxmox ${writer.endpointId}`));
  if (id === null) throw new Error("The endpoint has no virtualization cluster");
  return id;
}

async function runStage(stage: Stage, context: StageContext): Promise<StageReport> {
  try {
    const result = await context.writer.stage(() => work[stage](context));
    return { ...result, stage, status: result.errors.length === 0 ? "completed" : "errored" };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const errors = [{ item: stage, code: "internal", message: `could not be stored: ${message}` }];
    return { ...nothing, stage, status: "errored", errors };
  }
}

function skippedStage(type: SyncType): StageReport {
  return { ...nothing, stage: type, status: "skipped", warnings: ["not collected by this version"] };
}

const kinds: readonly Kind[] = ["nodes", "storage", "guests", "replications"];

function describeCoverage({ snapshot, known }: StageContext): JsonObject {
  const describe = (coverage: Coverage) =>
    coverage.complete ? { complete: true } : { complete: false, reason: coverage.reason };
  return Object.fromEntries(kinds.map((kind) => [kind, describe(coverageOf(kind, snapshot, known))]));
}
