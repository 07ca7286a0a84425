import { BlockList, isIP } from "node:net";
import type { StoredPermission, StoredToken, Users } from "@proxbox/database";
import { type Authenticate, type Credentials, type Permission, refuse } from "@proxbox/netbox-api";
import { hmacSecret, matchesDigest, type Peppers } from "@proxbox/service";
import { z } from "zod";
import type { GuessBrake } from "./guess-brake.ts";
import { parseNetwork } from "./network.ts";

interface Dependencies {
  readonly users: Pick<Users, "findTokenByKey" | "findTokenByHash" | "touchToken">;
  readonly peppers: Peppers;
  readonly brake: GuessBrake;
}

const malformed =
  'Invalid authorization header: Must be in the form "Bearer <key>.<token>" or "Token <token>"';

/** Authentication by API token (contract sections 2.1 and 2.2): every failure is a 403. */
export function authenticateByToken({ users, peppers, brake }: Dependencies): Authenticate {
  return async (credentials) => {
    const value = readToken(credentials.authorization);
    if (value === null) return null;
    const isVersion2 = value.startsWith("nbt_");
    const token = isVersion2 ? await findVersion2(value) : await findVersion1(value);
    if (token === null) {
      await brake.failed(credentials.address);
      throw refuse(403, isVersion2 ? "Invalid v2 token" : "Invalid v1 token");
    }
    checkToken(token, credentials.address);
    await users.touchToken(token.id);
    const { id, username, isSuperuser } = token.user;
    return {
      user: { id, username },
      isSuperuser,
      permissions: permissionsOf(token),
      writeEnabled: token.writeEnabled,
    };
  };

  async function findVersion2(value: string): Promise<StoredToken | null> {
    const dot = value.indexOf(".");
    if (dot === -1) {
      throw refuse(
        403,
        "Invalid authorization header: Could not parse key from v2 token. Did you mean to use 'Token' instead of 'Bearer'?",
      );
    }
    const token = await users.findTokenByKey(value.slice("nbt_".length, dot));
    const secret = value.slice(dot + 1);
    const isRight =
      token !== null &&
      matchesDigest(peppers, secret, { pepperId: Number(token.pepperId), digest: token.secretHash });
    return isRight ? token : null;
  }

  function findVersion1(value: string): Promise<StoredToken | null> {
    const hashes = [...peppers.byId.keys()].map((pepperId) => hmacSecret(peppers, value, pepperId).digest);
    return users.findTokenByHash(hashes);
  }
}

/** Everybody manages his own tokens. */
const everybody: readonly Permission[] = [
  {
    name: "own tokens",
    objectTypes: ["users.token"],
    actions: ["view", "add", "change", "delete"],
    constraints: [{ user: "$user" }],
  },
];

function permissionsOf({ user, permissions }: StoredToken): readonly Permission[] {
  if (user.isSuperuser) return [];
  return [
    ...everybody,
    ...permissions.map((permission) => ({ ...permission, constraints: readConstraints(permission) })),
  ];
}

const conditions = z.record(z.string(), z.unknown());

/** No set of conditions at all is every object, as NetBox has it; what is no such set lets nothing through. */
function readConstraints({ constraints }: StoredPermission): Permission["constraints"] {
  if (constraints === null) return null;
  const sets = Array.isArray(constraints) ? constraints : [constraints];
  if (sets.length === 0) return null;
  return sets.flatMap((set) => {
    const parsed = conditions.safeParse(set);
    return parsed.success ? [parsed.data] : [];
  });
}

/** Null where there is nothing for us: no header, or another scheme. */
function readToken(authorization: string | undefined): string | null {
  const words = (authorization ?? "").split(/\s+/).filter((word) => word !== "");
  const [scheme, value] = words;
  if (scheme === undefined || !/^(?:token|bearer)$/i.test(scheme)) return null;
  if (value === undefined || words.length > 2) throw refuse(403, malformed);
  if (!/^[\x21-\x7e]*$/.test(value)) {
    throw refuse(403, "Invalid authorization header: Token contains invalid characters");
  }
  return value;
}

function checkToken(token: StoredToken, address: Credentials["address"]): void {
  if (token.allowedIps.length > 0) checkAddress(token.allowedIps, address);
  if (!token.enabled) throw refuse(403, "Token disabled");
  if (token.expired) throw refuse(403, "Token expired");
  if (!token.user.isActive) throw refuse(403, "User inactive");
}

function checkAddress(allowed: readonly string[], address: string | undefined): void {
  // A socket that listens on IPv6 shows IPv4 clients as ::ffff:192.0.2.1.
  const client = address?.replace(/^::ffff:(?=\d+\.)/i, "");
  const family = client === undefined ? 0 : isIP(client);
  if (client === undefined || family === 0) {
    throw refuse(
      403,
      "Client IP address could not be determined for validation. Check that the HTTP server is correctly " +
        "configured to pass the required header(s).",
    );
  }
  if (!blockListOf(allowed).check(client, family === 4 ? "ipv4" : "ipv6")) {
    throw refuse(403, `Source IP ${client} is not permitted to authenticate using this token.`);
  }
}

/** Entries that are no network match nobody. */
function blockListOf(allowed: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of allowed) {
    const network = parseNetwork(entry);
    if (network !== null) list.addSubnet(network.address, network.prefix, network.family);
  }
  return list;
}
