import { assignGuestNames } from "./guest-names.ts";
import type { ClusterStatus, GuestFacts, NodeFacts, StorageFacts } from "./proxmox-values.ts";
import type { ClusterRow, GuestRow, NodeRow, StorageRow, VirtualMachineStatus } from "./rows.ts";

const bytesPerMegabyte = 1024 * 1024;

/** The cluster, or for a stand-alone node a cluster of one that is named after it. */
export function desiredCluster({ cluster, members }: ClusterStatus): ClusterRow | null {
  if (cluster !== null) {
    const { name, nodes, quorate, version } = cluster;
    return { name, mode: "cluster", nodesCount: nodes, quorate, version };
  }
  const only = members[0];
  if (only === undefined) return null;
  return { name: only.name, mode: "standalone", nodesCount: 1, quorate: true, version: null };
}

/** What is not said (statistics of a silent node, the membership without Sys.Audit) keeps its stored value (rule R4). */
export function desiredNodes(
  nodes: readonly NodeFacts[],
  status: ClusterStatus | null,
  stored: ReadonlyMap<string, NodeRow>,
): NodeRow[] {
  const cluster = status === null ? null : desiredCluster(status);
  const members = new Map(status?.members.map((member) => [member.name, member]));
  return nodes.map((node) => {
    const member = members.get(node.name);
    return {
      ...(stored.get(node.name) ?? silentNode),
      ...told({
        proxmoxCluster: cluster?.name,
        nodeId: member?.nodeId,
        ipAddress: member?.ip,
        local: member?.local,
        maxCpu: node.maxCpu,
        maxMemory: node.maxMemory,
        sslFingerprint: node.sslFingerprint,
        supportLevel: node.level,
      }),
      name: node.name,
      online: node.status === "online" || (node.status === "unknown" && member?.online === true),
    };
  });
}

const silentNode = {
  proxmoxCluster: null,
  nodeId: null,
  ipAddress: "",
  local: false,
  maxCpu: null,
  maxMemory: null,
  sslFingerprint: "",
  supportLevel: "",
};

/** Only what was said: null and undefined leave the stored value alone (rule R4). */
function told<Said extends object>(said: Said): { [Key in keyof Said]?: NonNullable<Said[Key]> } {
  return Object.fromEntries(
    Object.entries(said).filter(([, value]) => value !== null && value !== undefined),
  ) as {
    [Key in keyof Said]?: NonNullable<Said[Key]>;
  };
}

/** Set-like lists arrive sorted from the reader, so that equal answers make equal rows. */
export function desiredStorage(storage: readonly StorageFacts[]): StorageRow[] {
  return storage.map(({ type, raw, content, nodes, ...facts }) => ({
    ...facts,
    storageType: type,
    content: content.join(","),
    nodes: nodes === null ? null : nodes.join(","),
    rawConfig: raw,
  }));
}

/**
 * Guests as rows. `stored` are the endpoint's own rows by vmid, `foreignNames` the names of other rows in the same
 * virtualization cluster. A name, template flag or size that is not told keeps its stored value (rule R4).
 */
export function desiredGuests(
  guests: readonly GuestFacts[],
  stored: ReadonlyMap<number, GuestRow>,
  foreignNames: Iterable<string>,
): GuestRow[] {
  const listed = new Set(guests.map(({ vmid }) => vmid));
  const vanished = [...stored.values()].filter(({ vmid }) => !listed.has(vmid)).map(({ name }) => name);
  const sourceNames = new Map(
    guests.map((guest) => [guest.vmid, guest.name ?? stored.get(guest.vmid)?.sourceName ?? null]),
  );
  const names = assignGuestNames(
    guests.map((guest) => ({
      vmid: guest.vmid,
      sourceName: sourceNames.get(guest.vmid) ?? fallbackName(guest),
      storedName: stored.get(guest.vmid)?.name ?? null,
    })),
    [...foreignNames, ...vanished],
  );
  return guests.map((guest) => ({
    ...(stored.get(guest.vmid) ?? silentGuest),
    ...told({
      template: guest.template,
      status: statusOf(guest),
      vcpus: hundredths(guest.maxCpu),
      memory: megabytes(guest.maxMemory),
      disk: megabytes(guest.maxDisk),
    }),
    vmid: guest.vmid,
    guestType: guest.type,
    node: guest.node,
    sourceName: sourceNames.get(guest.vmid) ?? null,
    name: names.get(guest.vmid) ?? fallbackName(guest),
  }));
}

const silentGuest = { template: false, status: "offline" as const, vcpus: null, memory: null, disk: null };

/** What Proxmox itself calls a guest without a name (contract section 4). */
function fallbackName({ type, vmid }: GuestFacts): string {
  return type === "qemu" ? `VM ${vmid}` : `CT${vmid}`;
}

/** NetBox has no word for most QEMU states; `unknown` says nothing. */
const statuses: Readonly<Record<string, VirtualMachineStatus | null>> = {
  unknown: null,
  stopped: "offline",
  "internal-error": "failed",
  "io-error": "failed",
  "guest-panicked": "failed",
  paused: "paused",
  suspended: "paused",
  prelaunch: "paused",
  inmigrate: "paused",
  postmigrate: "paused",
  "save-vm": "paused",
};

function statusOf({ status }: GuestFacts): VirtualMachineStatus | null {
  const known = Object.hasOwn(statuses, status) ? statuses[status] : undefined;
  return known === undefined ? "active" : known;
}

/** NetBox keeps two decimals; a container may be limited to a third of a processor. */
function hundredths(processors: number | null): number | null {
  return processors === null ? null : Math.round(processors * 100) / 100;
}

function megabytes(bytes: number | null): number | null {
  return bytes === null ? null : Math.min(Math.round(bytes / bytesPerMegabyte), 2_147_483_647);
}
