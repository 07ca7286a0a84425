import { randomInt } from "node:crypto";
import { z } from "zod";
import type { Database } from "../open-database.ts";
import { hashPassword } from "./password-hash.ts";

/** A token as authentication needs it; its secret is known only as a keyed hash. */
export interface StoredToken {
  readonly id: number;
  readonly secretHash: string;
  readonly pepperId: string;
  readonly enabled: boolean;
  readonly writeEnabled: boolean;
  readonly expired: boolean;
  /** Addresses and networks it may be used from; empty: any. */
  readonly allowedIps: readonly string[];
  readonly user: {
    readonly id: number;
    readonly username: string;
    readonly isSuperuser: boolean;
    readonly isActive: boolean;
  };
  /** Enabled ones, the user's own and those of the user's groups; a superuser needs none. */
  readonly permissions: readonly StoredPermission[];
}

/** Leave to do some things to some objects, as it is stored. */
export interface StoredPermission {
  readonly name: string;
  readonly objectTypes: readonly string[];
  readonly actions: readonly string[];
  /** Null, a set of conditions, or several sets. */
  readonly constraints: unknown;
}

/** What a login by password needs. */
interface StoredPassword {
  readonly id: number;
  readonly username: string;
  readonly passwordHash: string;
  readonly isActive: boolean;
}

/** Makes the keyed hash of a token's secret, and names the pepper it was made with. */
export type HashSecret = (secret: string) => { readonly pepperId: string; readonly digest: string };

export interface Superuser {
  readonly name: string;
  /** Null: one is generated, as for the token. */
  readonly password: string | null;
  /** 40 letters and digits, or `nbt_<12 of them>.<40 of them>`. */
  readonly apiToken: string | null;
  readonly hashSecret: HashSecret;
}

/** What was generated, to be shown once; null where it was given. */
export interface GeneratedAccess {
  readonly password: string | null;
  readonly apiToken: string | null;
}

/** Users and their API tokens. */
export type Users = ReturnType<typeof createUsers>;

export function createUsers({ source }: Database) {
  const findToken = async (condition: string, value: unknown): Promise<StoredToken | null> => {
    const rows: unknown = await source.query(`${selectToken} where ${condition}`, [value]);
    return z.array(storedToken).parse(rows)[0] ?? null;
  };
  return {
    /** The version 2 token with this public key. */
    findTokenByKey: (key: string) => findToken("t.version = 2 and t.key = $1", key),

    /** The version 1 token whose secret has one of these hashes, one per pepper. */
    findTokenByHash: (hashes: readonly string[]) =>
      findToken("t.version = 1 and t.secret_hash = any($1::text[])", hashes),

    /** The user whom a password belongs to; null: there is no user of that name. */
    async findPassword(username: string): Promise<StoredPassword | null> {
      const rows: unknown = await source.query(
        `select id, username, password_hash as "passwordHash", is_active as "isActive" from user_account
         where username = $1`,
        [username],
      );
      return z.array(storedPassword).parse(rows)[0] ?? null;
    },

    /** Notes that a token was used, at most once a minute. */
    async touchToken(id: number): Promise<void> {
      await source.query(
        `update api_token set last_used = clock_timestamp()
         where id = $1 and (last_used is null or last_used < clock_timestamp() - interval '1 minute')`,
        [id],
      );
    },

    /**
     * Creates the first user, a superuser with one token; null when there is a user already. Throws an Error for an
     * API token of another form.
     */
    ensureSuperuser: (superuser: Superuser): Promise<GeneratedAccess | null> =>
      source.transaction(async (manager) => {
        // Two processes may start at once; only one of them is the first.
        await manager.query("lock table user_account in share row exclusive mode");
        const users = await manager.query<unknown[]>("select 1 from user_account limit 1");
        if (users.length > 0) return null;
        const password = superuser.password ?? randomText(20);
        const apiToken = superuser.apiToken ?? `nbt_${randomText(12)}.${randomText(40)}`;
        const { version, key, secret } = parseApiToken(apiToken);
        const { pepperId, digest } = superuser.hashSecret(secret);
        await manager.query(
          `with u as (insert into user_account (username, password_hash, is_superuser) values ($1, $2, true) returning id)
           insert into api_token (user_id, version, key, secret_hash, pepper_id, tail, description)
           select u.id, $3, $4, $5, $6, $7, 'First token of the first user' from u`,
          [
            superuser.name,
            await hashPassword(password),
            version,
            key,
            digest,
            pepperId,
            version === 1 ? secret.slice(-6) : "",
          ],
        );
        return {
          password: superuser.password === null ? password : null,
          apiToken: superuser.apiToken === null ? apiToken : null,
        };
      }),
  };
}

const selectToken = `select t.id, t.secret_hash as "secretHash", t.pepper_id as "pepperId", t.enabled,
    t.write_enabled as "writeEnabled", coalesce(t.expires <= clock_timestamp(), false) as expired,
    t.allowed_ips as "allowedIps", json_build_object('id', u.id, 'username', u.username,
      'isSuperuser', u.is_superuser, 'isActive', u.is_active) as "user",
    (select coalesce(json_agg(json_build_object('name', p.name, 'objectTypes', p.object_types,
        'actions', p.actions, 'constraints', p.constraints) order by p.id), '[]')
      from object_permission p
      where not u.is_superuser and p.enabled and p.id in (
        select own.permission_id from object_permission_user own where own.user_id = u.id
        union all
        select shared.permission_id from object_permission_group shared
          join user_account_group member on member.group_id = shared.group_id where member.user_id = u.id
      )) as permissions
  from api_token t join user_account u on u.id = t.user_id`;

const storedToken = z.object({
  id: z.number(),
  secretHash: z.string(),
  pepperId: z.string(),
  enabled: z.boolean(),
  writeEnabled: z.boolean(),
  expired: z.boolean(),
  allowedIps: z.array(z.string()),
  user: z.object({ id: z.number(), username: z.string(), isSuperuser: z.boolean(), isActive: z.boolean() }),
  permissions: z.array(
    z.object({
      name: z.string(),
      objectTypes: z.array(z.string()),
      actions: z.array(z.string()),
      constraints: z.unknown(),
    }),
  ),
});

const storedPassword = z.object({
  id: z.number(),
  username: z.string(),
  passwordHash: z.string(),
  isActive: z.boolean(),
});

function parseApiToken(token: string): { version: 1 | 2; key: string | null; secret: string } {
  if (/^[A-Za-z0-9]{40}$/.test(token)) return { version: 1, key: null, secret: token };
  const [, key, secret] = /^nbt_([A-Za-z0-9]{12})\.([A-Za-z0-9]{40})$/.exec(token) ?? [];
  if (key === undefined || secret === undefined) {
    throw new Error("An API token is 40 letters and digits, or nbt_<12 of them>.<40 of them>");
  }
  return { version: 2, key, secret };
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Letters and digits that nobody can guess. */
export function randomText(length: number): string {
  return Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join("");
}
