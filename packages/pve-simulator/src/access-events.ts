import { DEFAULT_TOKEN } from "./default-token.ts";
import type { World } from "./world.ts";

/** The token loses its rights on one guest: an entry deeper down replaces what it inherited. */
export function hideGuest(world: World, vmid: number, tokenid: string = DEFAULT_TOKEN.id): void {
  world.acl.push({
    path: `/vms/${vmid}`,
    kind: "token",
    subject: tokenid,
    role: "NoAccess",
    propagate: true,
  });
}

/** All ACL entries of the token go; it stays valid, so lists come back empty where they are filtered. */
export function revokeRights(world: World, tokenid: string = DEFAULT_TOKEN.id): void {
  world.acl = world.acl.filter(({ subject }) => subject !== tokenid);
}

/** The token itself goes: every call is a 401. */
export function deleteToken(world: World, tokenid: string = DEFAULT_TOKEN.id): void {
  world.tokens.delete(tokenid);
  revokeRights(world, tokenid);
}
