import type { Answer, Failure, NodeFacts, Snapshot, Stage } from "@proxbox/domain";
import { type ProxmoxClient, ProxmoxError } from "@proxbox/proxmox";

/** The keys that are stored: what of them is not listed any more needs a proof of its absence. */
interface StoredKeys {
  readonly guests: readonly number[];
  readonly storage: readonly string[];
  readonly replications: readonly { readonly replicationId: string; readonly guest: number }[];
}

export interface FetchOptions {
  readonly stages: readonly Stage[];
  readonly stored: StoredKeys;
  readonly signal: AbortSignal;
}

/**
 * Asks one endpoint everything that the stages need, in the order that proofs need (contract sections 6 and 7): rights,
 * cluster and identity, nodes, guests, storage, the state of each online node one after the other, then the
 * configuration (the calls before may have repaired it), rights again, and last the visibility of what has vanished.
 * Throws ProxmoxError when the endpoint does not even tell its version; every later failure is part of the snapshot.
 */
export async function fetchSnapshot(
  client: ProxmoxClient,
  { stages, stored, signal }: FetchOptions,
): Promise<Snapshot> {
  const options = { signal };
  const wants = (stage: Stage) => stages.includes(stage);
  const version = { ok: true as const, call: "/version", at: now(), value: await client.version(options) };
  const permissionsBefore = await ask("/access/permissions", client.permissions(options));
  const clusterStatus = await ask("/cluster/status", client.clusterStatus(options));
  const nodes = await ask("/nodes", client.nodes(options));
  const identity = await identify(client, clusterStatus, nodes, signal);
  const guests = wants("virtual-machines")
    ? await ask("/cluster/resources?type=vm", client.guests(options))
    : null;
  const storage = wants("storage") ? await ask("/storage", client.storage(options)) : null;
  const runtimes = wants("replications") ? await askNodes(client, nodes, signal) : new Map();
  const replications = wants("replications")
    ? await ask("/cluster/replication", client.replications(options))
    : null;
  const permissionsAfter = await ask("/access/permissions", client.permissions(options));
  const partial = {
    version,
    permissionsBefore,
    clusterStatus,
    nodes,
    identity,
    guests,
    storage,
    runtimes,
    replications,
    permissionsAfter,
  };
  return { ...partial, visibility: await testVisibility(client, vanishedPaths(partial, stored), signal) };
}

/** A failure is an answer too; only an abort ends the run. */
async function ask<T>(call: string, asking: Promise<T>): Promise<Answer<T>> {
  try {
    return { ok: true, call, at: now(), value: await asking };
  } catch (error) {
    if (!(error instanceof ProxmoxError)) throw error;
    return failed(call, { code: error.code, message: error.message });
  }
}

function failed(call: string, failure: Failure): Answer<never> {
  return { ok: false, call, at: now(), failure };
}

function now(): string {
  return new Date().toISOString();
}

/** The node that answers knows the cluster's root certificate; without rights to see which it is, any online one does. */
async function identify(
  client: ProxmoxClient,
  clusterStatus: Snapshot["clusterStatus"],
  nodes: Snapshot["nodes"],
  signal: AbortSignal,
): Promise<Answer<string>> {
  const local = clusterStatus.ok ? clusterStatus.value.members.find((member) => member.local) : undefined;
  const online = nodes.ok ? nodes.value.find(({ status }) => status === "online") : undefined;
  const node = local?.name ?? online?.name;
  const call = `/nodes/${node ?? "?"}/certificates/info`;
  if (node === undefined) {
    return failed(call, {
      code: "bad-answer",
      message: "No node is online that could tell the cluster's identity",
    });
  }
  return ask(call, client.rootCertificateFingerprint(node, { signal }));
}

/** One after the other: each call takes the lock of the whole cluster (contract section 6). */
async function askNodes(
  client: ProxmoxClient,
  nodes: Answer<readonly NodeFacts[]>,
  signal: AbortSignal,
): Promise<Snapshot["runtimes"]> {
  const answers = new Map<string, Snapshot["runtimes"] extends ReadonlyMap<string, infer A> ? A : never>();
  for (const { name, status } of nodes.ok ? nodes.value : []) {
    const call = `/nodes/${name}/replication`;
    const offline = { code: "node-offline" as const, message: `node ${name} is offline` };
    answers.set(
      name,
      status === "offline"
        ? failed(call, offline)
        : await ask(call, client.nodeReplication(name, { signal })),
    );
  }
  return answers;
}

/** Path of a vanished object, and the privilege that shows it. */
type VanishedPath = readonly [path: string, privilege: string];

function vanishedPaths(
  { guests, storage, replications }: Pick<Snapshot, "guests" | "storage" | "replications">,
  stored: StoredKeys,
): VanishedPath[] {
  const listed = keysOf(guests, ({ vmid }) => vmid);
  const configured = keysOf(replications, ({ guest }) => guest);
  const jobs = keysOf(replications, ({ replicationId }) => replicationId);
  const names = keysOf(storage, ({ name }) => name);
  const vmids = new Set([
    ...missing(stored.guests, listed),
    // By job, not by guest: a guest with two jobs may have lost but one of them.
    ...stored.replications
      .filter(({ replicationId }) => jobs?.has(replicationId) === false)
      .map(({ guest }) => guest),
    // Orphans: configured, yet no such guest is listed.
    ...missing([...(configured ?? [])], listed),
  ]);
  return [
    ...Array.from(vmids, (vmid): VanishedPath => [`/vms/${vmid}`, "VM.Audit"]),
    ...missing(stored.storage, names).map((name): VanishedPath => [`/storage/${name}`, "Datastore.Audit"]),
  ];
}

/** Null: there is no list that could miss anything. */
function keysOf<T, K>(answer: Answer<readonly T[]> | null, key: (item: T) => K): ReadonlySet<K> | null {
  return answer?.ok === true ? new Set(answer.value.map(key)) : null;
}

function missing<K>(wanted: readonly K[], listed: ReadonlySet<K> | null): K[] {
  return listed === null ? [] : wanted.filter((key) => !listed.has(key));
}

/** How many paths are tested before the answers are looked at. The client bounds how many calls run at a time. */
const pathsAtOnce = 50;

/** An emptied cluster has thousands of paths: when Proxmox cannot be reached any more, the rest is not waited for. */
async function testVisibility(
  client: ProxmoxClient,
  paths: readonly VanishedPath[],
  signal: AbortSignal,
): Promise<Snapshot["visibility"]> {
  const answers = new Map<string, Answer<boolean>>();
  let gone: Failure | null = null;
  for (let first = 0; first < paths.length; first += pathsAtOnce) {
    const batch = paths.slice(first, first + pathsAtOnce).map(async ([path, privilege]) => {
      const call = `/access/permissions?path=${path}`;
      const unasked = gone === null ? null : failed(call, gone);
      return [path, unasked ?? (await ask(call, client.isVisible(path, privilege, { signal })))] as const;
    });
    for (const [path, answer] of await Promise.all(batch)) {
      answers.set(path, answer);
      if (!answer.ok && answer.failure.code === "unreachable") gone = answer.failure;
    }
  }
  return answers;
}
