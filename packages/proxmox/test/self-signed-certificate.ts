import { createSign, generateKeyPairSync, X509Certificate } from "node:crypto";

/** Just enough DER (ITU-T X.690) for a certificate: Node.js reads certificates but does not make them. */
function der(tag: number, ...contents: readonly (Buffer | string)[]): Buffer {
  const body = Buffer.concat(
    contents.map((content) => (typeof content === "string" ? hex(content) : content)),
  );
  const length =
    body.length < 128 ? Buffer.from([body.length]) : Buffer.from([0x82, body.length >> 8, body.length & 255]);
  return Buffer.concat([Buffer.from([tag]), length, body]);
}

const hex = (text: string) => Buffer.from(text, "hex");
const ECDSA_WITH_SHA256 = "300a06082a8648ce3d040302";

export interface ServerCertificate {
  readonly key: string;
  readonly cert: string;
  /** SHA-256, upper case with colons. */
  readonly fingerprint: string;
}

/** A self-signed certificate with a fresh key, valid from 2020 to 2049, for 127.0.0.1. */
export function makeSelfSignedCertificate(commonName: string): ServerCertificate {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const name = der(0x30, der(0x31, der(0x30, "0603550403", der(0x0c, Buffer.from(commonName)))));
  const time = (text: string) => der(0x17, Buffer.from(text));
  const address = der(0x30, "0603551d11", der(0x04, der(0x30, "87047f000001")));
  const content = der(
    0x30,
    "a003020102020101",
    ECDSA_WITH_SHA256,
    name,
    der(0x30, time("200101000000Z"), time("491231235959Z")),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, der(0x30, address)),
  );
  const signature = createSign("sha256").update(content).sign(privateKey);
  const certificate = new X509Certificate(der(0x30, content, ECDSA_WITH_SHA256, der(0x03, "00", signature)));
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: certificate.toString(),
    fingerprint: certificate.fingerprint256,
  };
}
