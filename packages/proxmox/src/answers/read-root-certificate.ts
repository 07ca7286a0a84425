import type { JsonValue } from "@proxbox/domain";
import { z } from "zod";
import { UnexpectedAnswer } from "../unexpected-answer.ts";
import { readList } from "./read-list.ts";
import { name, optionalName } from "./wire-values.ts";

const ROOT = "pve-root-ca.pem";
const SHA256 = /^[0-9A-F]{2}(?::?[0-9A-F]{2}){31}$/;

const wireCertificate = z.object({ filename: name, fingerprint: optionalName });

/** `GET /nodes/{node}/certificates/info`: the root certificate's SHA-256 as `AB:CD:...`, the identity of a cluster. */
export function readRootCertificateFingerprint(data: JsonValue): string {
  const certificates = readList(data, {
    schema: wireCertificate,
    toValue: (wire) => wire,
    identity: ({ filename }) => filename,
  });
  const fingerprint = certificates.find(({ filename }) => filename === ROOT)?.fingerprint?.toUpperCase();
  if (fingerprint === undefined || !SHA256.test(fingerprint)) {
    throw new UnexpectedAnswer(`The answer has no SHA-256 "fingerprint" of ${ROOT}`);
  }
  return fingerprint.replaceAll(":", "").replaceAll(/(..)(?=.)/g, "$1:");
}
