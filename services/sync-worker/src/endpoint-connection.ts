import { type EndpointEntity, endpointSecretAad } from "@proxbox/database";
import type { ProxmoxConnection } from "@proxbox/proxmox";
import type { SecretBox } from "@proxbox/service";

/** What an endpoint without its own values gets. Times in milliseconds. */
export interface ConnectionDefaults {
  readonly timeoutMs: number;
  readonly maxRetries: number;
  readonly retryBackoffMs: number;
}

/** The endpoint cannot be contacted as it is configured. The message says what to change. */
export class EndpointMisconfigured extends Error {
  override readonly name = "EndpointMisconfigured";
  readonly code = "unauthorized";
}

/**
 * How to reach an endpoint: its secrets opened, its certificate policy decided.
 * Throws EndpointMisconfigured, or SecretError when a secret was sealed with a key that is not configured.
 */
export function endpointConnection(
  endpoint: EndpointEntity,
  secrets: Pick<SecretBox, "open">,
  defaults: ConnectionDefaults,
): ProxmoxConnection {
  return {
    baseUrl: baseUrl(endpoint),
    credentials: credentials(endpoint, secrets),
    tls: tls(endpoint),
    timeoutMs:
      endpoint.timeout === null || endpoint.timeout === 0 ? defaults.timeoutMs : endpoint.timeout * 1000,
    maxRetries: endpoint.maxRetries ?? defaults.maxRetries,
    retryBackoffMs:
      endpoint.retryBackoff === null ? defaults.retryBackoffMs : Number(endpoint.retryBackoff) * 1000,
  };
}

/** The domain before the address: certificates are made for names. */
function baseUrl({ domain, ipAddress, port }: EndpointEntity): string {
  const host = domain || ipAddress?.address.replace(/\/.*/, "");
  if (!host) {
    throw new EndpointMisconfigured("The endpoint has no domain. Give it a host name or an address.");
  }
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  return `https://${bare.includes(":") ? `[${bare}]` : bare}:${port}`;
}

function credentials(
  endpoint: EndpointEntity,
  secrets: Pick<SecretBox, "open">,
): ProxmoxConnection["credentials"] {
  const { id, username, tokenName, tokenValueSealed, passwordSealed } = endpoint;
  if (tokenName !== "" && tokenValueSealed !== null) {
    const secret = secrets.open(tokenValueSealed, endpointSecretAad(id, "token_value"));
    return { kind: "token", tokenId: `${username}!${tokenName}`, secret };
  }
  if (passwordSealed !== null) {
    return {
      kind: "password",
      username,
      password: secrets.open(passwordSealed, endpointSecretAad(id, "password")),
    };
  }
  throw new EndpointMisconfigured(
    "The endpoint has no credentials. Give it token_name and token_value, or a password.",
  );
}

/** A pinned fingerprint or an own CA says how to trust; only an explicit `verify_ssl: false` trusts anything. */
function tls(endpoint: EndpointEntity): ProxmoxConnection["tls"] {
  if (endpoint.tlsFingerprint !== null && endpoint.tlsFingerprint !== "") {
    return { mode: "fingerprint", sha256: endpoint.tlsFingerprint };
  }
  if (endpoint.tlsCa !== null && endpoint.tlsCa !== "") return { mode: "ca", pem: endpoint.tlsCa };
  return endpoint.verifySsl === false ? { mode: "insecure" } : { mode: "system" };
}
