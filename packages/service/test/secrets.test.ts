import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import {
  ConfigError,
  createSecretBox,
  hmacSecret,
  loadOrCreateKeys,
  matchesDigest,
  parseEncryptionKeys,
  parsePeppers,
} from "../src/index.ts";

const newKey = (id: string) => `${id}:${randomBytes(32).toString("base64")}`;

describe("a secret box", () => {
  const old = newKey("old");
  const box = createSecretBox(parseEncryptionKeys(old));

  it("opens what it sealed, with the same additional data only, and never seals twice alike", () => {
    const envelope = box.seal("hünter2", "endpoint 1");
    expect(envelope).toMatch(/^v1\.old\.[\w-]+$/);
    expect(box.open(envelope, "endpoint 1")).toBe("hünter2");
    expect(box.seal("hünter2", "endpoint 1")).not.toBe(envelope);
    expect(() => box.open(envelope, "endpoint 2")).toThrow(
      expect.objectContaining({ code: "not-authentic" }),
    );
    expect(box.open(box.seal("", ""), "")).toBe("");
  });

  it("seals with the first key and opens with all", () => {
    const rotated = createSecretBox(parseEncryptionKeys(`${newKey("new")}, ${old}`));
    expect(rotated.open(box.seal("s", "row"), "row")).toBe("s");
    const fresh = rotated.seal("s", "row");
    expect(fresh).toMatch(/^v1\.new\./);
    expect(() => box.open(fresh, "row")).toThrow(
      expect.objectContaining({ code: "unknown-key", message: expect.stringContaining('"new"') }),
    );
  });

  it("notices every changed byte, a wrong key of the same name, and what is no envelope", () => {
    const envelope = box.seal("secret", "row");
    const prefix = "v1.old.";
    const sealed = Buffer.from(envelope.slice(prefix.length), "base64url");
    for (const index of sealed.keys()) {
      const changed = Buffer.from(sealed);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(() => box.open(prefix + changed.toString("base64url"), "row")).toThrow(
        expect.objectContaining({ code: "not-authentic" }),
      );
    }
    const impostor = createSecretBox(parseEncryptionKeys(newKey("old")));
    expect(() => impostor.open(envelope, "row")).toThrow(expect.objectContaining({ code: "not-authentic" }));
    for (const text of ["", "secret", "v1.old.", "v1.old.AAAA", `v2.old.${"A".repeat(60)}`]) {
      expect(() => box.open(text, "row")).toThrow(expect.objectContaining({ code: "malformed" }));
    }
  });

  it("refuses unusable keys without repeating them", () => {
    const short = randomBytes(16).toString("base64");
    for (const text of ["", "x", `a:${short}`, `:${old}`, `${old},`, `${old},${old}`]) {
      expect(() => parseEncryptionKeys(text)).toThrow(ConfigError);
    }
    expect(() => parseEncryptionKeys(`a:${short}`)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining(short) }),
    );
    expect(() => createSecretBox([])).toThrow(ConfigError);
  });
});

describe("peppers", () => {
  const first = "a".repeat(32);
  const second = "b".repeat(32);

  it("hash new tokens with the highest number and still know the older ones", () => {
    const before = parsePeppers(`1:${first}`);
    const after = parsePeppers(`2:${second},1:${first}`);
    const stored = hmacSecret(before, "token secret");
    // echo -n 'token secret' | openssl dgst -sha256 -hmac aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
    expect(stored).toEqual({
      pepperId: 1,
      digest: "ee60aabd9828ea1075401f2c661677030435bc5b54e277a973efde018bfde798",
    });
    expect(hmacSecret(after, "token secret").pepperId).toBe(2);
    expect(matchesDigest(after, "token secret", stored)).toBe(true);
    expect(matchesDigest(after, "token Secret", stored)).toBe(false);
    expect(matchesDigest(after, "token secret", { ...stored, pepperId: 2 })).toBe(false);
    expect(matchesDigest(after, "token secret", { ...stored, digest: "" })).toBe(false);
    expect(() => matchesDigest(before, "s", { pepperId: 9, digest: "" })).toThrow(
      expect.objectContaining({ code: "unknown-key" }),
    );
  });

  it("are refused when unusable", () => {
    for (const text of ["", "1:short", `x:${first}`, `1:${first},1:${second}`, `1:${first},`]) {
      expect(() => parsePeppers(text)).toThrow(ConfigError);
    }
  });
});

describe("generated keys", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "keys-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("are usable, private, and the same for all who ask, at once or later", async () => {
    const dataDir = join(folder, "deep", "data");
    const answers = await Promise.all(Array.from({ length: 8 }, () => loadOrCreateKeys(dataDir)));
    answers.push(await loadOrCreateKeys(dataDir));
    const [keys] = answers;
    for (const answer of answers) expect(answer).toEqual(keys);
    expect(await readdir(dataDir)).toEqual(["keys.json"]);
    expect((await stat(join(dataDir, "keys.json"))).mode & 0o777).toBe(0o600);
    const box = createSecretBox(parseEncryptionKeys(keys?.ENCRYPTION_KEYS ?? ""));
    expect(box.open(box.seal("s", ""), "")).toBe("s");
    expect(parsePeppers(keys?.API_TOKEN_PEPPERS ?? "").currentId).toBe(1);
    expect(keys?.SECRET_KEY.length).toBeGreaterThanOrEqual(50);
  });

  it("are refused when other users may read them", async () => {
    await loadOrCreateKeys(folder);
    await chmod(join(folder, "keys.json"), 0o644);
    await expect(loadOrCreateKeys(folder)).rejects.toMatchObject({
      code: "invalid-config",
      message: expect.stringContaining("chmod 600"),
    });
  });

  it("are never replaced when the file is damaged", async () => {
    const path = join(folder, "keys.json");
    for (const content of ["", "{", '{"SECRET_KEY":"x"}']) {
      await writeFile(path, content, { mode: 0o600 });
      await expect(loadOrCreateKeys(folder)).rejects.toMatchObject({ code: "invalid-config" });
      expect(await readFile(path, "utf8")).toBe(content);
    }
  });
});
