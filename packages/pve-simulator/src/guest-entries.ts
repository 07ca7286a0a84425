import { hasFreshStatistics } from "./node-entries.ts";
import type { Behaviour } from "./flavours.ts";
import type { Permissions } from "./permissions.ts";
import type { JsonObject } from "./write-json.ts";
import type { Guest, World } from "./world.ts";

/** A guest in `/cluster/resources`; without fresh statistics almost everything is missing (contract section 4). */
export function guestResource(
  guest: Guest,
  facts: { world: World; behaviour: Behaviour; permissions: Permissions },
): JsonObject {
  const { world, behaviour, permissions } = facts;
  const seesPool =
    guest.pool !== null && (behaviour.major < 7 || permissions.has(`/pool/${guest.pool}`, "Pool.Audit"));
  const always = {
    id: `${guest.type}/${guest.vmid}`,
    vmid: guest.vmid,
    node: guest.node,
    type: guest.type,
    pool: seesPool && guest.pool !== null ? guest.pool : undefined,
    tags: tagsOf(guest, behaviour),
    lock: guest.lock ?? undefined,
  };
  if (!hasFreshStatistics(world, guest.node)) return { ...always, status: "unknown" };
  // Not a spread: that is ten times slower with this many keys, which shows with 5,000 guests.
  return Object.assign(usage(guest), always, {
    status: guest.status,
    name: nameOf(guest),
    template: Number(guest.template),
    hastate: guest.hastate ?? undefined,
    maxcpu: guest.cores,
    memhost: behaviour.major >= 9 ? (isStopped(guest) ? 0 : guest.memoryBytes) : undefined,
  });
}

/** A guest in `/nodes/{node}/qemu`. */
export function qemuEntry(guest: Guest, behaviour: Behaviour, full: boolean): JsonObject {
  const stopped = isStopped(guest);
  return {
    ...listEntry(guest, behaviour),
    vmid: behaviour.qemuVmidIsString ? String(guest.vmid) : guest.vmid,
    template: guest.template ? 1 : undefined,
    pid: stopped ? (behaviour.major === 6 ? null : undefined) : 10_000 + (guest.vmid % 50_000),
    qmpstatus: full ? guest.status : undefined,
    ...(behaviour.major >= 9 && !stopped ? { pressurecpusome: 0, pressuremem: 0, pressureiosome: 0.12 } : {}),
  };
}

/** A guest in `/nodes/{node}/lxc`. */
export function lxcEntry(guest: Guest, behaviour: Behaviour): JsonObject {
  const swap = 512 * 1024 * 1024;
  return {
    ...listEntry(guest, behaviour),
    type: "lxc",
    vmid: behaviour.lxcVmidIsString ? String(guest.vmid) : guest.vmid,
    template: guest.template ? 1 : behaviour.major === 6 ? "" : undefined,
    pid: isStopped(guest) ? undefined : 10_000 + (guest.vmid % 50_000),
    swap: 0,
    maxswap: swap,
    ...(behaviour.major >= 9 && !isStopped(guest)
      ? { pressurecpusome: "0.00", pressureiosome: "0.00", pressurememorysome: "0.00" }
      : {}),
  };
}

/** The settings of a guest's configuration file. */
export function guestConfig(guest: Guest, behaviour: Behaviour): JsonObject {
  const memory = Math.round(guest.memoryBytes / 1024 / 1024);
  const both = {
    cores: guest.cores,
    template: guest.template ? 1 : undefined,
    lock: guest.lock ?? undefined,
    tags: tagsOf(guest, behaviour),
    ...guest.disks,
  };
  if (guest.type === "lxc") {
    return {
      ...both,
      hostname: guest.name ?? undefined,
      memory,
      swap: 512,
      unprivileged: 1,
      ostype: "debian",
      arch: "amd64",
    };
  }
  return {
    ...both,
    name: guest.name ?? undefined,
    sockets: 1,
    memory: behaviour.memoryIsString ? String(memory) : memory,
    ostype: "l26",
    boot: "order=scsi0",
  };
}

function listEntry(guest: Guest, behaviour: Behaviour): JsonObject {
  return {
    name: nameOf(guest),
    status: isStopped(guest) ? "stopped" : "running",
    tags: tagsOf(guest, behaviour),
    lock: guest.lock ?? undefined,
    cpus: guest.cores,
    ...usage(guest),
  };
}

function usage(guest: Guest): JsonObject {
  const running = Number(!isStopped(guest));
  return {
    cpu: running * 0.0173,
    mem: running * Math.round(guest.memoryBytes * 0.61),
    maxmem: guest.memoryBytes,
    disk: guest.type === "lxc" ? running * Math.round(guest.diskBytes * 0.4) : 0,
    maxdisk: guest.diskBytes,
    netin: running * 48_213_441,
    netout: running * 7_311_902,
    diskread: running * 912_331_776,
    diskwrite: running * 120_586_240,
    uptime: running * guest.uptime,
  };
}

function isStopped(guest: Guest): boolean {
  return guest.status === "stopped";
}

function nameOf(guest: Guest): string {
  return guest.name ?? (guest.type === "qemu" ? `VM ${guest.vmid}` : `CT${guest.vmid}`);
}

function tagsOf(guest: Guest, behaviour: Behaviour): string | undefined {
  return behaviour.hasTags && guest.tags.length > 0 ? guest.tags.join(";") : undefined;
}
