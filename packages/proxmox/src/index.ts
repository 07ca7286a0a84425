export type { ProxmoxConnection } from "./connection.ts";
export { type CallOptions, createProxmoxClient, type ProxmoxClient } from "./proxmox-client.ts";
export { ProxmoxError, type ProxmoxErrorDetails } from "./proxmox-error.ts";
