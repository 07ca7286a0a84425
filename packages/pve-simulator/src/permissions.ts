import type { AclEntry, World } from "./world.ts";

/** Who asks: a user, or one of the user's tokens. */
export interface Caller {
  userid: string;
  tokenid: string | null;
}

/** 1: the privilege is inherited by everything below the path; 0: it holds on that path alone. */
export type Propagate = 0 | 1;

/** The rights of one caller, as pve-access-control computes them (contract section 7). Valid for one request. */
export interface Permissions {
  on(path: string): ReadonlyMap<string, Propagate>;
  has(path: string, privilege: string): boolean;
  /** What `GET /access/permissions` lists: well-known paths and those that an ACL entry or a pool mentions. */
  listed(): Map<string, ReadonlyMap<string, Propagate>>;
}

interface Subject {
  kind: "user" | "token";
  name: string;
  groups: readonly string[];
}

type Roles = ReadonlyMap<string, Propagate>;
type Privileges = ReadonlyMap<string, Propagate>;

const WELL_KNOWN_PATHS = [
  "/",
  "/access",
  "/access/groups",
  "/nodes",
  "/pool",
  "/sdn",
  "/storage",
  "/vms",
] as const;

/** Resolves the caller's rights in the world as it is now, and remembers each path it was asked for. */
export function permissionsOf(world: World, caller: Caller): Permissions {
  const acl = indexByPath(world.acl);
  const user = privilegesOf(world, acl, {
    kind: "user",
    name: caller.userid,
    groups: world.users.get(caller.userid)?.groups ?? [],
  });
  const token = caller.tokenid === null ? undefined : world.tokens.get(caller.tokenid);
  const on = token?.privsep
    ? intersection(privilegesOf(world, acl, { kind: "token", name: token.id, groups: [] }), user)
    : user;
  return {
    on,
    has: (path, privilege) => on(path).has(privilege),
    listed: () => {
      const listed = new Map<string, Privileges>();
      for (const path of mentionedPaths(world, acl)) {
        const privileges = on(path);
        if (privileges.size > 0) listed.set(path, privileges);
      }
      return listed;
    },
  };
}

/** Every path with an ACL entry, the pools' guests, and the top of the tree. */
function mentionedPaths(world: World, acl: ReadonlyMap<string, AclEntry[]>): Set<string> {
  const paths = new Set<string>([...WELL_KNOWN_PATHS, ...acl.keys()]);
  for (const guest of world.guests.values()) {
    if (guest.pool !== null) paths.add(`/vms/${guest.vmid}`);
  }
  return paths;
}

function intersection(
  own: (path: string) => Privileges,
  limit: (path: string) => Privileges,
): (path: string) => Privileges {
  const cache = new Map<Privileges, Map<Privileges, Privileges>>();
  return (path) => {
    const wanted = own(path);
    const allowed = limit(path);
    let byAllowed = cache.get(wanted);
    if (!byAllowed) cache.set(wanted, (byAllowed = new Map<Privileges, Privileges>()));
    let result = byAllowed.get(allowed);
    if (!result) byAllowed.set(allowed, (result = intersect(wanted, allowed)));
    return result;
  };
}

function intersect(wanted: Privileges, allowed: Privileges): Privileges {
  const result = new Map<string, Propagate>();
  for (const [privilege, propagate] of wanted) {
    const limit = allowed.get(privilege);
    if (limit !== undefined) result.set(privilege, limit === 1 ? propagate : 0);
  }
  return result;
}

function privilegesOf(
  world: World,
  acl: ReadonlyMap<string, AclEntry[]>,
  subject: Subject,
): (path: string) => Privileges {
  if (subject.kind === "user" && subject.name === "root@pam") return allPrivileges(world);
  const cache = new Map<string, Privileges>();
  return (path) => {
    const pool = poolOf(world, path);
    // Paths that nobody mentions all inherit the same from their parent: computed once for 10,000 guests.
    const key = pool === null && !acl.has(path) ? `${parentOf(path)}/*` : path;
    let privileges = cache.get(key);
    if (!privileges) {
      privileges = privilegesOfRoles(world, withPool(rolesOn(acl, subject, path), acl, subject, pool));
      cache.set(key, privileges);
    }
    return privileges;
  };
}

function allPrivileges(world: World): () => Privileges {
  const all = new Map<string, Propagate>();
  for (const privileges of world.roles.values()) {
    for (const privilege of privileges) all.set(privilege, 1);
  }
  return () => all;
}

/** A deeper entry replaces what was inherited; on one path the user's own entries beat those of groups. */
function rolesOn(acl: ReadonlyMap<string, AclEntry[]>, subject: Subject, path: string): Roles {
  let roles: Roles = new Map();
  for (const prefix of prefixesOf(path)) {
    const entries = acl.get(prefix);
    if (!entries) continue;
    const valid = entries.filter((entry) => entry.propagate || prefix === path);
    const own = valid.filter((entry) => entry.kind === subject.kind && entry.subject === subject.name);
    const chosen =
      own.length > 0
        ? own
        : valid.filter((entry) => entry.kind === "group" && subject.groups.includes(entry.subject));
    if (chosen.length > 0) roles = new Map(chosen.map((entry) => [entry.role, entry.propagate ? 1 : 0]));
  }
  return roles.has("NoAccess") ? new Map([["NoAccess", 0]]) : roles;
}

/** Roles on a guest's pool are added to the guest's, never propagate, and NoAccess on either side wins. */
function withPool(
  roles: Roles,
  acl: ReadonlyMap<string, AclEntry[]>,
  subject: Subject,
  pool: string | null,
): Roles {
  if (pool === null || roles.has("NoAccess")) return roles;
  const poolRoles = rolesOn(acl, subject, `/pool/${pool}`);
  if (poolRoles.has("NoAccess")) return poolRoles;
  const result = new Map(roles);
  for (const role of poolRoles.keys()) {
    if (!result.has(role)) result.set(role, 0);
  }
  return result;
}

function privilegesOfRoles(world: World, roles: Roles): Privileges {
  const privileges = new Map<string, Propagate>();
  for (const [role, propagate] of roles) {
    for (const privilege of world.roles.get(role) ?? []) {
      if (propagate === 1 || !privileges.has(privilege)) privileges.set(privilege, propagate);
    }
  }
  return privileges;
}

function indexByPath(acl: readonly AclEntry[]): Map<string, AclEntry[]> {
  const index = new Map<string, AclEntry[]>();
  for (const entry of acl) {
    const entries = index.get(entry.path);
    if (entries) entries.push(entry);
    else index.set(entry.path, [entry]);
  }
  return index;
}

function poolOf(world: World, path: string): string | null {
  if (!path.startsWith("/vms/")) return null;
  return world.guests.get(Number(path.slice("/vms/".length)))?.pool ?? null;
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

function prefixesOf(path: string): string[] {
  const prefixes = ["/"];
  for (let end = path.indexOf("/", 1); end > 0; end = path.indexOf("/", end + 1)) {
    prefixes.push(path.slice(0, end));
  }
  if (path !== "/") prefixes.push(path);
  return prefixes;
}
