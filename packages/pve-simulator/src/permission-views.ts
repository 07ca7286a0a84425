import { ROLE_WITHOUT_VM_AUDIT } from "./build-roles.ts";
import { DEFAULT_TOKEN } from "./default-token.ts";
import type { AclEntry, World } from "./world.ts";

/**
 * What the default token may see.
 * - `full`: PVEAuditor on `/` with propagation, for user and token.
 * - `partial`: the same without VM.Audit, and PVEAuditor on the named guests alone.
 * - `hole`: full, but NoAccess on the named guests.
 * - `no-propagation`: PVEAuditor on `/`, which then reaches no guest.
 * - `none`: the user sees everything, the privilege-separated token has no entry of its own.
 */
export type View =
  | { kind: "full" }
  | { kind: "partial"; vmids: readonly number[] }
  | { kind: "hole"; vmids: readonly number[] }
  | { kind: "no-propagation" }
  | { kind: "none" };

/** Replaces all ACL entries of the world by those of the view. */
export function setView(world: World, view: View): void {
  const token = (path: string, role: string, propagate = true): AclEntry => ({
    path,
    kind: "token",
    subject: DEFAULT_TOKEN.id,
    role,
    propagate,
  });
  const user: AclEntry = {
    path: "/",
    kind: "user",
    subject: DEFAULT_TOKEN.userid,
    role: "PVEAuditor",
    propagate: true,
  };
  world.acl = [user, ...tokenEntries(view, token)];
}

function tokenEntries(
  view: View,
  token: (path: string, role: string, propagate?: boolean) => AclEntry,
): AclEntry[] {
  switch (view.kind) {
    case "full":
      return [token("/", "PVEAuditor")];
    case "partial":
      return [
        token("/", ROLE_WITHOUT_VM_AUDIT),
        ...view.vmids.map((vmid) => token(`/vms/${vmid}`, "PVEAuditor")),
      ];
    case "hole":
      return [token("/", "PVEAuditor"), ...view.vmids.map((vmid) => token(`/vms/${vmid}`, "NoAccess"))];
    case "no-propagation":
      return [token("/", "PVEAuditor", false)];
    case "none":
      return [];
  }
}
