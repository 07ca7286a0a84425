import { X509Certificate } from "node:crypto";
import type { SecureContext } from "node:tls";
import { createSecureContext } from "node:tls";
import type { ProxmoxErrorDetails } from "./proxmox-error.ts";

/** How to reach one Proxmox endpoint, as whom, and how to know that it is the right one. */
export interface ProxmoxConnection {
  /**
   * `https://host:8006`; IPv6 literals in brackets. A path (of a reverse proxy) is kept. `http://` sends the
   * credentials in clear text and is meant for tests.
   */
  readonly baseUrl: string;
  readonly credentials:
    | {
        readonly kind: "token";
        /** `user@realm!name` */
        readonly tokenId: string;
        readonly secret: string;
      }
    | {
        readonly kind: "password";
        /** `user@realm` */
        readonly username: string;
        readonly password: string;
      };
  /**
   * `system`: the certificate authorities Node.js trusts, NODE_EXTRA_CA_CERTS included. `ca`: only those of the PEM
   * bundle. `fingerprint`: SHA-256 of the server's own certificate, any letter case, with or without colons; fits
   * self-signed certificates. `insecure`: anything goes.
   */
  readonly tls:
    | { readonly mode: "system" }
    | { readonly mode: "ca"; readonly pem: string }
    | { readonly mode: "fingerprint"; readonly sha256: string }
    | { readonly mode: "insecure" };
  /** For one attempt from the first packet to the last byte. Connecting alone may take 10 s of it. */
  readonly timeoutMs: number;
  /** How often a GET is repeated when Proxmox cannot be reached. */
  readonly maxRetries: number;
  /** Pause before the first retry; doubles with each, up to 30 s, with jitter. */
  readonly retryBackoffMs: number;
  /** Bytes of an answer after decompression, 64 MiB unless given. */
  readonly maxBodyBytes?: number | undefined;
}

/** A checked connection. */
export interface Target {
  /** Without slash at the end, `/api2/json` included. */
  readonly apiUrl: string;
  /** `host:port` for messages. */
  readonly address: string;
  /** IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** Null for `http://`. */
  readonly trust: CertificateTrust | null;
}

export type CertificateTrust =
  | { readonly mode: "authorities"; readonly context: SecureContext }
  | { readonly mode: "fingerprint"; readonly context: SecureContext; readonly fingerprint: string }
  | { readonly mode: "insecure"; readonly context: SecureContext };

/** A setting that can never work; becomes the `ProxmoxError` of every call. */
export class UnusableConnection extends Error {
  override readonly name = "UnusableConnection";
  readonly code: ProxmoxErrorDetails["code"];

  constructor(code: ProxmoxErrorDetails["code"], message: string) {
    super(message);
    this.code = code;
  }
}

const TOKEN_ID = /^[^\s!=:]+@[^\s!=:@]+![A-Za-z][A-Za-z0-9._-]*$/;
const PRINTABLE_ASCII = /^[\x21-\x7e]+$/;
const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** @throws UnusableConnection naming the setting, never its value where that is secret. */
export function checkConnection(connection: ProxmoxConnection): Target {
  const url = URL.canParse(connection.baseUrl) ? new URL(connection.baseUrl) : null;
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw new UnusableConnection("unreachable", "The address must look like https://host:8006");
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new UnusableConnection(
      "unreachable",
      "The address must be like https://host:8006, without user, query or fragment",
    );
  }
  checkCredentials(connection.credentials);
  const secure = url.protocol === "https:";
  const port = url.port === "" ? (secure ? 443 : 80) : Number(url.port);
  return {
    apiUrl: `${url.origin}${url.pathname.replace(/\/+$/, "")}/api2/json`,
    address: `${url.hostname}:${port}`,
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port,
    trust: secure ? certificateTrust(connection.tls) : null,
  };
}

function checkCredentials(credentials: ProxmoxConnection["credentials"]): void {
  if (credentials.kind === "password") {
    if (credentials.username === "" || credentials.password === "") {
      throw new UnusableConnection("unauthorized", "User name and password must both be given");
    }
    return;
  }
  if (!TOKEN_ID.test(credentials.tokenId) || !PRINTABLE_ASCII.test(credentials.tokenId)) {
    throw new UnusableConnection("unauthorized", "The id of an API token must look like user@realm!name");
  }
  if (!PRINTABLE_ASCII.test(credentials.secret)) {
    throw new UnusableConnection(
      "unauthorized",
      "The secret of the API token is empty or holds odd characters",
    );
  }
}

function certificateTrust(tls: ProxmoxConnection["tls"]): CertificateTrust {
  if (tls.mode === "ca")
    return { mode: "authorities", context: createSecureContext({ ca: certificates(tls.pem) }) };
  const context = createSecureContext();
  if (tls.mode === "system") return { mode: "authorities", context };
  if (tls.mode === "insecure") return { mode: "insecure", context };
  const fingerprint = tls.sha256.replaceAll(/[\s:]/g, "").toUpperCase();
  if (!/^[0-9A-F]{64}$/.test(fingerprint)) {
    throw new UnusableConnection("tls", "The TLS fingerprint must be a SHA-256: 64 hexadecimal digits");
  }
  return { mode: "fingerprint", context, fingerprint };
}

/** OpenSSL takes a bundle without any certificate for an empty list, so a typo would only show as distrust. */
function certificates(bundle: string): string[] {
  const found = bundle.match(PEM_CERTIFICATE) ?? [];
  if (found.length === 0) {
    throw new UnusableConnection(
      "tls",
      "The TLS CA holds no certificate: give PEM text (BEGIN CERTIFICATE ...)",
    );
  }
  return found.map((pem, index) => {
    try {
      return new X509Certificate(pem).toString();
    } catch {
      throw new UnusableConnection("tls", `Certificate ${index + 1} of the TLS CA cannot be read`);
    }
  });
}
