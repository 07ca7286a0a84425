import { X509Certificate } from "node:crypto";
import { generate } from "selfsigned";

/** What is wrong with the certificate, if anything. */
export type CertificateKind = "valid" | "expired" | "self-signed" | "wrong-host";

/** A key and certificate to serve with. */
export interface ServedCertificate {
  keyPem: string;
  certificatePem: string;
  /** SHA-256 of the leaf: upper case, with colons. */
  fingerprint256: string;
  /** The CA that signed the leaf; for a self-signed one the leaf itself. */
  caPem: string;
}

const DAY_MS = 86_400_000;

/**
 * Makes a certificate for 127.0.0.1, ::1 and localhost, signed by a CA of its own as in a new cluster; or an expired
 * one, a self-signed one, or one for `other.example.com`.
 */
export async function makeCertificate(kind: CertificateKind): Promise<ServedCertificate> {
  const now = Date.now();
  const authority = await generate([{ name: "commonName", value: "Proxmox Virtual Environment" }], {
    keyType: "ec",
    algorithm: "sha256",
    notBeforeDate: new Date(now - 400 * DAY_MS),
    notAfterDate: new Date(now + 3650 * DAY_MS),
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const expired = kind === "expired";
  const leaf = await generate(
    [{ name: "commonName", value: kind === "wrong-host" ? "other.example.com" : "localhost" }],
    {
      keyType: "ec",
      algorithm: "sha256",
      notBeforeDate: new Date(now - (expired ? 60 : 1) * DAY_MS),
      notAfterDate: new Date(now + (expired ? -30 : 700) * DAY_MS),
      extensions: [
        { name: "basicConstraints", cA: false, critical: true },
        { name: "keyUsage", digitalSignature: true, keyEncipherment: true, critical: true },
        { name: "extKeyUsage", serverAuth: true },
        { name: "subjectAltName", altNames: alternativeNames(kind) },
      ],
      ...(kind === "self-signed" ? {} : { ca: { key: authority.private, cert: authority.cert } }),
    },
  );
  return {
    keyPem: leaf.private,
    certificatePem: leaf.cert,
    fingerprint256: new X509Certificate(leaf.cert).fingerprint256,
    caPem: kind === "self-signed" ? leaf.cert : authority.cert,
  };
}

function alternativeNames(kind: CertificateKind): ({ type: 2; value: string } | { type: 7; ip: string })[] {
  if (kind === "wrong-host") return [{ type: 2, value: "other.example.com" }];
  return [
    { type: 2, value: "localhost" },
    { type: 7, ip: "127.0.0.1" },
    { type: 7, ip: "::1" },
  ];
}
