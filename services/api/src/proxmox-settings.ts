import { readFile } from "node:fs/promises";
import type { EnvironmentEndpoint } from "@proxbox/database";
import { ConfigError } from "@proxbox/service";
import { z } from "zod";

/** The Proxmox that the environment names. */
export const proxmoxSettings = z.object({
  PROXMOX_URL: z
    .string()
    .optional()
    .describe("`https://host:8006`: keeps one endpoint up to date and syncs it at start"),
  PROXMOX_TOKEN_ID: z.string().optional().describe("`user@realm!name` of an API token"),
  PROXMOX_TOKEN_SECRET: z.string().optional().describe("The secret of that token"),
  PROXMOX_VERIFY_SSL: z
    .stringbool()
    .optional()
    .describe("`false` trusts any certificate; only for tests. Certificates are verified unless it says so"),
  PROXMOX_CA_FILE: z.string().optional().describe("PEM file with the certificate authority to trust"),
  PROXMOX_FINGERPRINT: z.string().optional().describe("SHA-256 fingerprint of the certificate to trust"),
});

const defaultPort = 8006;

/** Null without PROXMOX_URL. Throws ConfigError naming the variable that is wrong or missing. */
export async function environmentEndpoint(
  settings: z.output<typeof proxmoxSettings>,
): Promise<EnvironmentEndpoint | null> {
  const { PROXMOX_URL: url, PROXMOX_TOKEN_ID: tokenId, PROXMOX_TOKEN_SECRET: tokenValue } = settings;
  if (url === undefined) return null;
  const [, username, tokenName] = /^([^!\s]+@[^!\s]+)!([A-Za-z][\w.-]+)$/.exec(tokenId ?? "") ?? [];
  if (username === undefined || tokenName === undefined) {
    throw new ConfigError("PROXMOX_TOKEN_ID: must be user@realm!name when PROXMOX_URL is set");
  }
  if (tokenValue === undefined) throw new ConfigError("PROXMOX_TOKEN_SECRET: is not set, but PROXMOX_URL is");
  const { domain, port } = addressOf(url);
  return {
    name: domain,
    domain,
    port,
    username,
    tokenName,
    tokenValue,
    verifySsl: settings.PROXMOX_VERIFY_SSL ?? null,
    tlsCa: settings.PROXMOX_CA_FILE === undefined ? null : await readCertificates(settings.PROXMOX_CA_FILE),
    tlsFingerprint: settings.PROXMOX_FINGERPRINT ?? null,
  };
}

/** The URL parser drops a port that is the scheme's default, but 443 is not Proxmox's default. */
function addressOf(text: string): { domain: string; port: number } {
  const withScheme = text.includes("://") ? text : `https://${text}`;
  const url = URL.canParse(withScheme) ? new URL(withScheme) : null;
  if (url?.protocol !== "https:" || url.pathname !== "/" || url.username !== "") {
    throw new ConfigError("PROXMOX_URL: must be like https://host:8006, without user or path");
  }
  const explicit = /:(\d+)\/?$/.exec(withScheme.slice("https://".length))?.[1];
  return {
    domain: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: explicit === undefined ? defaultPort : Number(explicit),
  };
}

async function readCertificates(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new ConfigError(`PROXMOX_CA_FILE: ${path} cannot be read`, { cause: error });
  }
}
