import {
  createGroupStore,
  createPermissionStore,
  createTokenStore,
  createUserStore,
  type Database,
} from "@proxbox/database";
import type { Resource, WritableStore } from "@proxbox/netbox-api";
import { hmacSecret, type Peppers } from "@proxbox/service";
import { tokens } from "./resources/tokens.ts";
import { groups, permissionResource, users } from "./resources/users.ts";
import { issueTokens } from "./token-store.ts";

interface Dependencies {
  readonly database: Database;
  readonly peppers: Peppers;
  /** The other types of objects that permissions may be about. */
  readonly objectTypes: readonly string[];
}

/** Who may call, with what, and to do what. */
export function accessResources({ database, peppers, objectTypes }: Dependencies): {
  readonly resources: [Resource, WritableStore][];
  readonly tokenStore: WritableStore;
} {
  const own = [users, groups, tokens].map(({ objectType }) => objectType);
  const hashSecret = (secret: string) => {
    const { pepperId, digest } = hmacSecret(peppers, secret);
    return { pepperId: String(pepperId), digest };
  };
  const tokenStore = issueTokens(createTokenStore(database, hashSecret));
  const resources: [Resource, WritableStore][] = [
    [users, createUserStore(database)],
    [groups, createGroupStore(database)],
    [permissionResource([...objectTypes, ...own, "users.objectpermission"]), createPermissionStore(database)],
    [tokens, tokenStore],
  ];
  return { resources, tokenStore };
}
