import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

import { ConfigError } from "./config.ts";
import { SecretError } from "./secret-error.ts";

/** One AES-256 key and the name it has in envelopes. */
export interface EncryptionKey {
  readonly id: string;
  readonly key: Buffer;
}

/** Seals secrets for storage. */
export interface SecretBox {
  /** Encrypts a text so that it opens only with the same additional data, such as the id of its row. */
  seal(plaintext: string, aad: string): string;
  /** Decrypts an envelope. Throws SecretError. */
  open(envelope: string, aad: string): string;
}

const keyBytes = 32;
const ivBytes = 12;
const tagBytes = 16;
const version = "v1";

/**
 * Reads ENCRYPTION_KEYS, `id:base64key[,id2:base64key]` with keys of 32 bytes. The first seals, all open: a new key is
 * put in front. Throws ConfigError.
 */
export function parseEncryptionKeys(text: string): readonly EncryptionKey[] {
  const keys = text.split(",").map((item): EncryptionKey => {
    const [, id, encoded] = /^\s*([\w-]+):([A-Za-z0-9+/_-]+={0,2})\s*$/.exec(item) ?? [];
    const key = Buffer.from(encoded ?? "", "base64");
    if (id !== undefined && key.length === keyBytes) return { id, key };
    throw new ConfigError(
      `ENCRYPTION_KEYS: expected id:key[,id:key], each key ${keyBytes} bytes in base64 (openssl rand -base64 32)`,
    );
  });
  if (new Set(keys.map(({ id }) => id)).size === keys.length) return keys;
  throw new ConfigError("ENCRYPTION_KEYS: two keys have the same id");
}

/** Creates a box over these keys: AES-256-GCM, the key's id in the envelope. Throws ConfigError without a key. */
export function createSecretBox(keys: readonly EncryptionKey[]): SecretBox {
  const [sealing] = keys;
  if (sealing === undefined) throw new ConfigError("ENCRYPTION_KEYS: at least one key is needed");
  return {
    seal(plaintext, aad) {
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv("aes-256-gcm", sealing.key, iv, { authTagLength: tagBytes });
      cipher.setAAD(Buffer.from(aad, "utf8"));
      const sealed = Buffer.concat([
        iv,
        cipher.update(plaintext, "utf8"),
        cipher.final(),
        cipher.getAuthTag(),
      ]);
      return `${version}.${sealing.id}.${sealed.toString("base64url")}`;
    },
    open(envelope, aad) {
      const { id, sealed } = parseEnvelope(envelope);
      const key = keys.find((candidate) => candidate.id === id)?.key;
      if (key === undefined) {
        throw new SecretError(
          "unknown-key",
          `A stored secret needs the encryption key "${id}": add it to ENCRYPTION_KEYS.`,
        );
      }
      return decrypt(key, sealed, aad);
    },
  };
}

function parseEnvelope(envelope: string): { id: string; sealed: Buffer } {
  const [, id, encoded] = /^v1\.([\w-]+)\.([\w-]+)$/.exec(envelope) ?? [];
  const sealed = Buffer.from(encoded ?? "", "base64url");
  if (id !== undefined && sealed.length >= ivBytes + tagBytes) return { id, sealed };
  throw new SecretError("malformed", "A stored secret is not an envelope of ours.");
}

function decrypt(key: Buffer, sealed: Buffer, aad: string): string {
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, ivBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(Buffer.from(aad, "utf8"));
  decipher.setAuthTag(sealed.subarray(-tagBytes));
  try {
    const plaintext = Buffer.concat([decipher.update(sealed.subarray(ivBytes, -tagBytes)), decipher.final()]);
    return plaintext.toString("utf8");
  } catch (error) {
    throw new SecretError("not-authentic", "A stored secret was changed, or belongs to another row or key.", {
      cause: error,
    });
  }
}
