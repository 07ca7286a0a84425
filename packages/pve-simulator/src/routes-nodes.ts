import { createHash } from "node:crypto";
import { guestConfig, lxcEntry, qemuEntry } from "./guest-entries.ts";
import { nodeEntry } from "./node-entries.ts";
import { flag, text } from "./parameters.ts";
import { shuffle } from "./random.ts";
import { missingPrivilege, Refusal } from "./refusal.ts";
import { parameter } from "./request.ts";
import { versionEntry } from "./routes-cluster.ts";
import type { RequestContext, Route } from "./request.ts";
import type { JsonObject } from "./write-json.ts";
import type { Guest } from "./world.ts";

/** `/nodes` and what a node tells about itself and its guests. */
export const nodeRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/nodes",
    answer: (context) => ({ data: shuffle(nodeList(context), context.random) }),
  },
  {
    method: "GET",
    path: "/nodes/{node}/certificates/info",
    answer: (context) => ({ data: certificates(context) }),
  },
  {
    method: "GET",
    path: "/nodes/{node}/status",
    check: requireNodeAudit,
    answer: (context) => ({ data: nodeStatus(context) }),
  },
  {
    method: "GET",
    path: "/nodes/{node}/version",
    answer: (context) => ({ data: versionEntry(context) }),
  },
  {
    method: "GET",
    path: "/nodes/{node}/time",
    check: requireNodeAudit,
    answer: (context) => ({ data: nodeTime(context) }),
  },
  {
    method: "GET",
    path: "/nodes/{node}/qemu",
    parameters: { full: flag },
    answer: (context) => {
      const full = context.parameters.get("full") === "1";
      const guests = guestsOf(context, "qemu");
      return { data: guests.map((guest) => qemuEntry(guest, context.behaviour, full)) };
    },
  },
  {
    method: "GET",
    path: "/nodes/{node}/lxc",
    answer: (context) => ({
      data: guestsOf(context, "lxc").map((guest) => lxcEntry(guest, context.behaviour)),
    }),
  },
  configRoute("qemu"),
  configRoute("lxc"),
];

function requireNodeAudit(context: RequestContext): void {
  const path = `/nodes/${parameter(context, "node")}`;
  if (!context.permissions.has(path, "Sys.Audit")) throw missingPrivilege(path, "Sys.Audit");
}

function nodeList(context: RequestContext): JsonObject[] {
  return [...context.world.nodes.values()].map((node) => ({
    ...nodeEntry(node, context.permissions),
    ssl_fingerprint: sslFingerprint(node.name, context),
  }));
}

/** The answering node shows the certificate that it really uses. */
function sslFingerprint(nodeName: string, { world, servedFingerprint }: RequestContext): string | null {
  const served = nodeName === world.localNode ? servedFingerprint : null;
  return served ?? world.nodes.get(nodeName)?.sslFingerprint ?? null;
}

function certificates(context: RequestContext): JsonObject[] {
  const { world, node, now } = context;
  const day = 86_400;
  const issuer = `/CN=Proxmox Virtual Environment/OU=${world.ticketKey.slice(0, 8)}/O=PVE Cluster Manager CA`;
  return [
    {
      filename: "pve-root-ca.pem",
      fingerprint: world.rootCaFingerprint,
      issuer,
      subject: issuer,
      notbefore: now - 100 * day,
      notafter: now + 3550 * day,
      "public-key-bits": 4096,
      "public-key-type": "rsaEncryption",
      san: [],
    },
    {
      filename: "pve-ssl.pem",
      fingerprint: sslFingerprint(node.name, context) ?? undefined,
      issuer,
      subject: `/OU=PVE Cluster Node/O=Proxmox Virtual Environment/CN=${node.name}.example.com`,
      notbefore: now - 100 * day,
      notafter: now + 630 * day,
      "public-key-bits": 2048,
      "public-key-type": "rsaEncryption",
      san: ["127.0.0.1", "localhost", node.name, `${node.name}.example.com`],
    },
  ];
}

function nodeStatus({ node, behaviour }: RequestContext): JsonObject {
  const { cpu, maxcpu, mem, maxmem, disk, maxdisk, uptime } = node.statistics;
  const memory = { total: maxmem, used: mem, free: maxmem - mem };
  const kernel = behaviour.major >= 8 ? "6.8.12-9-pve" : "5.15.158-2-pve";
  return {
    pveversion: `pve-manager/${behaviour.version}/${behaviour.repoid}`,
    kversion: `Linux ${kernel} #1 SMP`,
    uptime,
    loadavg: ["0.42", "0.37", "0.30"],
    cpu,
    wait: 0.0012,
    idle: 0,
    cpuinfo: {
      cpus: maxcpu,
      cores: maxcpu / 2,
      sockets: 1,
      user_hz: 100,
      mhz: "2994.375",
      model: "AMD EPYC 7302P 16-Core Processor",
      flags: "fpu vme de pse tsc msr",
      hvm: "1",
    },
    memory: { ...memory, available: behaviour.major >= 9 ? maxmem - mem : undefined },
    swap: { total: 8_589_930_496, used: 0, free: 8_589_930_496 },
    rootfs: { total: maxdisk, used: disk, avail: maxdisk - disk, free: maxdisk - disk },
    ksm: { shared: 0 },
    ...(behaviour.major >= 8
      ? {
          "boot-info": { mode: "efi", secureboot: 0 },
          "current-kernel": { sysname: "Linux", release: kernel, machine: "x86_64", version: "#1 SMP" },
        }
      : {}),
  };
}

/** `localtime` is the node's clock face counted as if it were UTC. */
function nodeTime({ world, now }: RequestContext): JsonObject {
  const clock = new Intl.DateTimeFormat("sv-SE", {
    timeZone: world.timeZone,
    dateStyle: "short",
    timeStyle: "medium",
  });
  const face = clock.format(new Date(now * 1000)).replace(" ", "T");
  return { timezone: world.timeZone, time: now, localtime: Date.parse(`${face}Z`) / 1000 };
}

function guestsOf({ world, node, permissions, random }: RequestContext, type: Guest["type"]): Guest[] {
  const guests = [...world.guests.values()].filter(
    (guest) =>
      guest.type === type && guest.node === node.name && permissions.has(`/vms/${guest.vmid}`, "VM.Audit"),
  );
  return shuffle(guests, random);
}

function configRoute(type: Guest["type"]): Route {
  const folder = type === "qemu" ? "qemu-server" : "lxc";
  return {
    method: "GET",
    path: `/nodes/{node}/${type}/{vmid}/config`,
    parameters: { current: flag, snapshot: text },
    check: (context) => {
      const path = `/vms/${parameter(context, "vmid")}`;
      if (!context.permissions.has(path, "VM.Audit")) throw missingPrivilege(path, "VM.Audit");
    },
    answer: ({ world, node, behaviour, ...context }) => {
      const vmid = Number(context.parameters.get("vmid"));
      const guest = world.guests.get(vmid);
      if (guest?.type !== type || guest.node !== node.name) {
        const file = `nodes/${node.name}/${folder}/${vmid}.conf`;
        throw new Refusal(500, `Configuration file '${file}' does not exist`);
      }
      const config = guestConfig(guest, behaviour);
      const digest = createHash("sha1").update(JSON.stringify(config)).digest("hex");
      return { data: { ...config, digest } };
    },
  };
}
