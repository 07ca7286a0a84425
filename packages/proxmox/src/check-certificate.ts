import type { X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";
import type { CertificateTrust } from "./connection.ts";
import { ConnectionRefusal } from "./connection-refusal.ts";
import { isError } from "./is-error.ts";
import { oneLine } from "./one-line.ts";

/**
 * Decides about a TLS connection whose handshake is done and over which nothing was sent yet. OpenSSL's verdict is
 * on the socket (`authorized`), because the handshake itself runs with `rejectUnauthorized: false`: only then can
 * the certificate be named in the message, and a pinned self-signed one be accepted.
 *
 * @throws ConnectionRefusal that names the certificate seen and what to do.
 */
export function checkCertificate(socket: TLSSocket, trust: CertificateTrust, address: string): void {
  if (trust.mode === "insecure") return;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) {
    throw new ConnectionRefusal("certificate", `${address} presented no certificate`);
  }
  if (trust.mode === "fingerprint") {
    if (certificate.fingerprint256.replaceAll(":", "") === trust.fingerprint) return;
    throw new ConnectionRefusal(
      "certificate",
      `${address} presented another certificate than the pinned one: ${describe(certificate)}. ` +
        `If the node's certificate was renewed, set the TLS fingerprint to the one seen after comparing it on the node`,
    );
  }
  if (socket.authorized) return;
  throw new ConnectionRefusal(
    "certificate",
    `The certificate of ${address} is not trusted (${reason(socket.authorizationError, certificate)}): ` +
      `${describe(certificate)}. Set the TLS fingerprint to the one seen after comparing it on the node, ` +
      `or give the CA that issued it (on a node: /etc/pve/pve-root-ca.pem)`,
  );
}

const REASONS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: "it is self-signed",
  SELF_SIGNED_CERT_IN_CHAIN: "its chain ends in an unknown self-signed CA",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its issuer is not a known CA",
  UNABLE_TO_GET_ISSUER_CERT: "its issuer is not a known CA",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its issuer is not a known CA",
  CERT_HAS_EXPIRED: "it has expired, or a CA above it",
  CERT_NOT_YET_VALID: "it is not valid yet: compare the clocks",
};

function reason(error: unknown, certificate: X509Certificate): string {
  const code = isError(error) ? error.message : String(error);
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return `it is for ${oneLine(certificate.subjectAltName ?? "no host at all", 200)}, not for this host`;
  }
  return REASONS[code] ?? oneLine(code, 100);
}

function describe(certificate: X509Certificate): string {
  return (
    `subject ${oneLine(certificate.subject, 150)}, issuer ${oneLine(certificate.issuer, 150)}, ` +
    `valid until ${certificate.validTo}, SHA-256 fingerprint ${certificate.fingerprint256}`
  );
}
