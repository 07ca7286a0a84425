import { z } from "zod";
import { GroupEntity, PermissionEntity } from "../entities/permission.ts";
import { TokenEntity, UserEntity } from "../entities/user.ts";
import {
  groupReadModel,
  permissionReadModel,
  tokenReadModel,
  userReadModel,
} from "../listing/read-models/user.ts";
import type { Database } from "../open-database.ts";
import { linkingWriter } from "./linking-writer.ts";
import { createLoggedStore, type LoggedStore } from "./logged-store.ts";
import { hashPassword } from "./password-hash.ts";
import type { HashSecret } from "./users.ts";

const userGroups = { table: "user_account_group", own: "user_id", other: "group_id" };
const permissionUsers = { table: "object_permission_user", own: "permission_id", other: "user_id" };
const permissionGroups = { table: "object_permission_group", own: "permission_id", other: "group_id" };

/** Users. A `password` is stored as its hash. */
export function createUserStore(database: Database): LoggedStore {
  return createLoggedStore(
    database,
    userReadModel,
    linkingWriter({
      table: "user_account",
      entity: UserEntity,
      links: {
        groups: userGroups,
        permissions: { table: permissionUsers.table, own: "user_id", other: "permission_id" },
      },
      toColumns: async ({ password, ...columns }) =>
        typeof password === "string" ? { ...columns, passwordHash: await hashPassword(password) } : columns,
      secrets: ["passwordHash"],
    }),
  );
}

/** Groups of users. */
export function createGroupStore(database: Database): LoggedStore {
  return createLoggedStore(
    database,
    groupReadModel,
    linkingWriter({
      table: "user_group",
      entity: GroupEntity,
      links: { permissions: { table: permissionGroups.table, own: "group_id", other: "permission_id" } },
    }),
  );
}

/** Object permissions, with the users and groups that have them. */
export function createPermissionStore(database: Database): LoggedStore {
  return createLoggedStore(
    database,
    permissionReadModel,
    linkingWriter({
      table: "object_permission",
      entity: PermissionEntity,
      links: { users: permissionUsers, groups: permissionGroups },
    }),
  );
}

const tokenValues = z.looseObject({
  version: z.union([z.literal(1), z.literal(2)]).default(2),
  key: z.string().exactOptional(),
  token: z.string().exactOptional(),
  user: z.number().exactOptional(),
});

/**
 * API tokens. A new one is made from its plaintext `token` and, for version 2, its public `key`; of the plaintext only
 * a hash is stored. A token's version, plaintext and user never change.
 */
export function createTokenStore(database: Database, hashSecret: HashSecret): LoggedStore {
  return createLoggedStore(
    database,
    tokenReadModel,
    linkingWriter({
      table: "api_token",
      entity: TokenEntity,
      links: {},
      toColumns: (values) => {
        const { version, key, token, user, ...columns } = tokenValues.parse(values);
        if (token === undefined) return Promise.resolve(columns);
        const { pepperId, digest } = hashSecret(token);
        return Promise.resolve({
          ...columns,
          userId: user,
          version,
          key: version === 2 ? key : null,
          secretHash: digest,
          pepperId,
          tail: version === 1 ? token.slice(-6) : "",
        });
      },
    }),
  );
}
