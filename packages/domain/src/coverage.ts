import type { Absence, Kind } from "./plan.ts";
import type { JsonObject, PermissionMap } from "./proxmox-values.ts";
import type { Answer, Snapshot } from "./snapshot.ts";

/** What is stored about the endpoint that a proof of absence depends on. */
export interface KnownEndpoint {
  /** Null before the first sync learned it. */
  readonly identity: string | null;
  /** Was a cluster entry ever seen? A cluster that shows none now proves nothing. */
  readonly everClustered: boolean;
}

/** Is the snapshot complete for a kind, so that what it does not list may be proven gone (rule R2)? */
export type Coverage =
  | { readonly complete: true; readonly evidence: JsonObject }
  | { readonly complete: false; readonly reason: string };

interface Need {
  readonly list: (snapshot: Snapshot) => Answer<unknown> | null;
  /** Path and privileges of which one must propagate from it; null where the list is never filtered. */
  readonly right: { readonly path: string; readonly privileges: readonly string[] } | null;
}

/** contract section 7: which right makes a list whole. `/nodes` is always complete. */
const needs: Record<Kind, Need> = {
  nodes: { list: (snapshot) => snapshot.nodes, right: null },
  storage: {
    list: (snapshot) => snapshot.storage,
    right: { path: "/storage", privileges: ["Datastore.Audit", "Datastore.AllocateSpace"] },
  },
  guests: { list: (snapshot) => snapshot.guests, right: { path: "/vms", privileges: ["VM.Audit"] } },
  replications: {
    list: (snapshot) => snapshot.replications,
    right: { path: "/vms", privileges: ["VM.Audit"] },
  },
};

/** Judges one kind. An unreachable node never makes a snapshot incomplete: configuration is not asked of it. */
export function coverageOf(kind: Kind, snapshot: Snapshot, known: KnownEndpoint): Coverage {
  const need = needs[kind];
  const list = need.list(snapshot);
  if (list === null) return incomplete("it was not asked for");
  if (!list.ok) return incomplete(list.failure.message);
  const doubt = doubtOfCluster(snapshot, known) ?? doubtOfRights(need, snapshot);
  if (doubt !== null) return incomplete(doubt);
  return {
    complete: true,
    evidence: {
      list: evidenceOf(list),
      permissions_before: evidenceOf(snapshot.permissionsBefore),
      permissions_after: evidenceOf(snapshot.permissionsAfter),
      cluster_status: evidenceOf(snapshot.clusterStatus),
      identity: snapshot.identity.ok ? snapshot.identity.value : null,
      rights:
        need.right === null
          ? null
          : `${need.right.privileges.join(" or ")} on ${need.right.path}, propagating`,
    },
  };
}

function incomplete(reason: string): Coverage {
  return { complete: false, reason };
}

function doubtOfCluster(snapshot: Snapshot, known: KnownEndpoint): string | null {
  const status = snapshot.clusterStatus;
  if (!status.ok) return status.failure.message;
  if (status.value.cluster === null && known.everClustered) {
    return "the endpoint was a cluster and shows none now; if that is meant, delete the endpoint and add it again";
  }
  if (status.value.cluster?.quorate === false) return "the cluster has no quorum, so its files may be old";
  if (!snapshot.identity.ok) return snapshot.identity.failure.message;
  if (known.identity === null) return "the identity of the cluster was not known before this run";
  if (known.identity !== snapshot.identity.value) return "another cluster answers at this address";
  return null;
}

function doubtOfRights({ right }: Need, snapshot: Snapshot): string | null {
  if (right === null) return null;
  for (const answer of [snapshot.permissionsBefore, snapshot.permissionsAfter]) {
    if (!answer.ok) return answer.failure.message;
    if (!right.privileges.some((privilege) => propagates(answer.value, right.path, privilege))) {
      return (
        `the credentials lack ${right.privileges[0] ?? ""} on ${right.path} with propagation; ` +
        "give the user, and a privilege-separated token too, the role PVEAuditor on /"
      );
    }
  }
  return null;
}

function propagates(permissions: PermissionMap, path: string, privilege: string): boolean {
  return permissions[path]?.[privilege] === true;
}

function evidenceOf(answer: Answer<unknown>): JsonObject {
  return { call: answer.call, at: answer.at };
}

/**
 * Is one vanished object gone? Only when its kind is covered and, for kinds that rights filter, the very path of the
 * object was seen to be visible after the list (contract section 7, step 3).
 */
export function absenceOf(coverage: Coverage, snapshot: Snapshot, path: string | null): Absence {
  if (!coverage.complete) return { gone: false, reason: coverage.reason };
  if (path === null) return { gone: true, proof: coverage.evidence };
  const visible = snapshot.visibility.get(path);
  if (visible === undefined) return { gone: false, reason: `the visibility of ${path} was not tested` };
  if (!visible.ok) return { gone: false, reason: visible.failure.message };
  if (!visible.value) return { gone: false, reason: `the credentials may not see ${path}` };
  return { gone: true, proof: { ...coverage.evidence, visibility: evidenceOf(visible) } };
}
