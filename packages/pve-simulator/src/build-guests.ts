import type { Random } from "./random.ts";
import type { Guest, World } from "./world.ts";

const NAMES = ["web", "db", "mail", "ci", "proxy", "files", "monitoring", "ldap"] as const;
const GIB = 1024 ** 3;

/** Adds guests from VMID 100 on, spread over the nodes: a third containers, some stopped, templates, tags, a pool. */
export function buildGuests(world: World, { count, random }: { count: number; random: Random }): void {
  const nodeNames = [...world.nodes.keys()];
  for (let index = 0; index < count; index++) {
    const node = nodeNames[index % nodeNames.length] ?? world.localNode;
    const guest = buildGuest(index, node, random);
    world.guests.set(guest.vmid, guest);
  }
}

function buildGuest(index: number, node: string, random: Random): Guest {
  const vmid = 100 + index;
  const type = index % 3 === 1 ? "lxc" : "qemu";
  const template = index % 16 === 10;
  const diskGib = 8 * (1 + Math.floor(random() * 8));
  const round = Math.floor(index / NAMES.length) + 1;
  return {
    vmid,
    type,
    node,
    name: index % 16 === 14 ? null : `${NAMES[index % NAMES.length] ?? "guest"}${round}`,
    status: template ? "stopped" : statusOf(index, type),
    template,
    tags: index % 5 === 0 ? ["production", "linux"] : [],
    lock: index % 64 === 37 ? "backup" : null,
    pool: index % 6 === 0 ? "production" : null,
    hastate: index % 12 === 0 ? "started" : null,
    cores: 1 + Math.floor(random() * 8),
    memoryBytes: (1 + Math.floor(random() * 16)) * GIB,
    diskBytes: diskGib * GIB,
    uptime: 3600 + Math.floor(random() * 5_000_000),
    disks: disksOf(type, vmid, diskGib),
  };
}

function statusOf(index: number, type: Guest["type"]): string {
  if (index % 4 === 3) return "stopped";
  return type === "qemu" && index % 32 === 8 ? "paused" : "running";
}

function disksOf(type: Guest["type"], vmid: number, gib: number): Record<string, string> {
  if (type === "lxc") {
    return {
      rootfs: `local-zfs:subvol-${vmid}-disk-0,size=${gib}G`,
      net0: "name=eth0,bridge=vmbr0,ip=dhcp,type=veth",
    };
  }
  return {
    scsi0: `local-zfs:vm-${vmid}-disk-0,size=${gib}G`,
    ide2: "none,media=cdrom",
    net0: "virtio=BC:24:11:00:00:01,bridge=vmbr0",
  };
}
