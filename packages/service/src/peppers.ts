import { createHmac, timingSafeEqual } from "node:crypto";

import { ConfigError } from "./config.ts";
import { SecretError } from "./secret-error.ts";

/** The secrets that API tokens are hashed with, so that a copied database alone opens nothing. */
export interface Peppers {
  /** The one for new tokens. */
  readonly currentId: number;
  readonly byId: ReadonlyMap<number, string>;
}

/** What is stored of a token's secret: HMAC-SHA256 in hex, and which pepper made it (netbox-rest A-4). */
export interface SecretDigest {
  readonly pepperId: number;
  readonly digest: string;
}

/**
 * Reads API_TOKEN_PEPPERS, `1:secret[,2:secret]`, secrets of at least 32 characters. As in NetBox, the highest id is
 * for new tokens; the others keep older tokens valid. Throws ConfigError.
 */
export function parsePeppers(text: string): Peppers {
  const pairs = text.split(",").map((item): [number, string] => {
    const [, id, secret] = /^\s*(\d{1,5}):(\S{32,})\s*$/.exec(item) ?? [];
    if (id !== undefined && secret !== undefined) return [Number(id), secret];
    throw new ConfigError(
      "API_TOKEN_PEPPERS: expected number:secret[,number:secret], each secret at least 32 characters without spaces",
    );
  });
  const byId = new Map(pairs);
  if (byId.size !== pairs.length)
    throw new ConfigError("API_TOKEN_PEPPERS: two peppers have the same number");
  return { currentId: Math.max(...byId.keys()), byId };
}

/** Hashes a token's secret with one of the peppers. Throws SecretError `unknown-key` when there is no such pepper. */
export function hmacSecret(peppers: Peppers, secret: string, pepperId = peppers.currentId): SecretDigest {
  const pepper = peppers.byId.get(pepperId);
  if (pepper === undefined) {
    throw new SecretError(
      "unknown-key",
      `An API token needs the pepper ${pepperId}: add it to API_TOKEN_PEPPERS.`,
    );
  }
  return { pepperId, digest: createHmac("sha256", pepper).update(secret, "utf8").digest("hex") };
}

/** Whether a secret is the one behind a stored digest, in a time that tells nothing. Throws as `hmacSecret` does. */
export function matchesDigest(peppers: Peppers, secret: string, stored: SecretDigest): boolean {
  const { digest } = hmacSecret(peppers, secret, stored.pepperId);
  const [given, expected] = [Buffer.from(digest, "utf8"), Buffer.from(stored.digest, "utf8")];
  return given.length === expected.length && timingSafeEqual(given, expected);
}
