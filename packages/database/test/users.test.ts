import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createTestDatabase, type TestDatabase } from "@proxbox/testing";
import { createUsers, matchesPassword, type Superuser, type Users } from "../src/index.ts";

const hashSecret = (secret: string) => ({
  pepperId: "1",
  digest: createHash("sha256").update(secret).digest("hex"),
});
const generated: Superuser = { name: "admin", password: null, apiToken: null, hashSecret };

describe("users", () => {
  let db: TestDatabase;
  let users: Users;
  const query = (sql: string): Promise<Record<string, unknown>[]> => db.database.source.query(sql);

  beforeEach(async () => {
    db = await createTestDatabase();
    users = createUsers(db.database);
  });
  afterEach(async () => {
    await db.close();
  });

  test("the first start makes a superuser and answers what it generated", async () => {
    const access = await users.ensureSuperuser(generated);
    const [, key = "", secret = ""] = /^nbt_(\w{12})\.(\w{40})$/.exec(access?.apiToken ?? "") ?? [];
    const token = await users.findTokenByKey(key);
    expect(token).toMatchObject({
      secretHash: hashSecret(secret).digest,
      enabled: true,
      writeEnabled: true,
      expired: false,
      user: { username: "admin", isSuperuser: true, isActive: true },
    });
    const [user] = await query("select password_hash from user_account");
    const hash = String(user?.["password_hash"]);
    expect(hash).toMatch(/^scrypt\$\d+\$8\$1\$/);
    expect(await matchesPassword(access?.password ?? "", hash)).toBe(true);
    expect(await matchesPassword("wrong", hash)).toBe(false);
    expect(await matchesPassword("", "")).toBe(false);
    expect(JSON.stringify(await query("select * from api_token"))).not.toContain(secret);
  });

  test("what was given is not answered again, and opens as given", async () => {
    const apiToken = "a".repeat(40);
    expect(await users.ensureSuperuser({ ...generated, password: "pw", apiToken })).toEqual({
      password: null,
      apiToken: null,
    });
    const token = await users.findTokenByHash(["other", hashSecret(apiToken).digest]);
    expect(token?.user.username).toBe("admin");
    expect(await query("select version, key, tail from api_token")).toEqual([
      { version: 1, key: null, tail: "aaaaaa" },
    ]);
  });

  test("later starts change nothing, and of several first ones only one counts", async () => {
    const answers = await Promise.all([1, 2, 3].map(() => users.ensureSuperuser(generated)));
    expect(answers.filter((answer) => answer !== null)).toHaveLength(1);
    expect(await users.ensureSuperuser({ ...generated, name: "other" })).toBeNull();
    expect(await query("select username from user_account")).toEqual([{ username: "admin" }]);
    expect(await query("select 1 from api_token")).toHaveLength(1);
  });

  test("a token of another form makes no user", async () => {
    await expect(users.ensureSuperuser({ ...generated, apiToken: "short" })).rejects.toThrow(
      "40 letters and digits",
    );
    expect(await query("select 1 from user_account")).toEqual([]);
  });

  test("versions are not mixed up, and expiry is by the database's clock", async () => {
    const { apiToken } = (await users.ensureSuperuser(generated)) ?? {};
    const [key = "", secret = ""] = (apiToken ?? "").slice(4).split(".");
    expect(await users.findTokenByHash([hashSecret(secret).digest])).toBeNull();
    expect(await users.findTokenByKey("unknown")).toBeNull();
    await query("update api_token set expires = clock_timestamp() - interval '1 second'");
    expect(await users.findTokenByKey(key)).toMatchObject({ expired: true });
  });
});
