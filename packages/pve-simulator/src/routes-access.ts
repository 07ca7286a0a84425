import { csrfToken, isChallengeFor, issueTicket, userOfTicket } from "./tickets.ts";
import { aclPath, text } from "./parameters.ts";
import { permissionsOf } from "./permissions.ts";
import { missingPrivilege, Refusal } from "./refusal.ts";
import { parameter } from "./request.ts";
import type { Permissions, Propagate } from "./permissions.ts";
import type { RequestContext, Route } from "./request.ts";
import type { JsonObject } from "./write-json.ts";
import type { SecondFactor, User } from "./world.ts";

/** `POST /access/ticket` and `GET /access/permissions`. */
export const accessRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/access/ticket",
    parameters: {
      username: text,
      password: text,
      realm: text,
      otp: text,
      path: text,
      privs: text,
      "new-format": text,
      "tfa-challenge": text,
    },
    required: ["username", "password"],
    answer: (context) => ({ data: logIn(context) }),
  },
  {
    method: "GET",
    path: "/access/permissions",
    parameters: { path: aclPath, userid: text },
    answer: (context) => ({ data: listPermissions(context) }),
  },
];

/** True for the only call that needs no authentication. */
export function isLogin(method: string, path: string): boolean {
  return method === "POST" && path === "/access/ticket";
}

function logIn(context: RequestContext): JsonObject {
  const { world, now, behaviour, parameters } = context;
  const user = userLoggingIn(context);
  const password = parameter(context, "password");
  const challenge = parameters.get("tfa-challenge");
  if (challenge !== undefined) {
    const genuine = isChallengeFor(world, challenge, { userid: user.id, now });
    if (!genuine || !answersSecondFactor(user.secondFactor, password)) throw loginFailure();
  } else if (password === user.password) {
    if (user.secondFactor && behaviour.major >= 7) return challengeFor(context, user, user.secondFactor);
  } else if (userOfTicket(world, password, now) !== user.id) {
    throw loginFailure();
  }
  return fullTicket(context, user.id);
}

function userLoggingIn(context: RequestContext): User {
  const name = parameter(context, "username");
  const realm = context.parameters.get("realm");
  const userid = realm === undefined || name.includes("@") ? name : `${name}@${realm}`;
  const user = context.world.users.get(userid);
  if (!user?.enabled) throw loginFailure();
  return user;
}

/** The same for an unknown user, realm and password; unlike other refusals of authentication it has a body. */
function loginFailure(): Refusal {
  return new Refusal(401, "authentication failure");
}

function fullTicket(context: RequestContext, userid: string): JsonObject {
  const { world } = context;
  const permissions = permissionsOf(world, { userid, tokenid: null });
  const seesName = permissions.has("/", "Sys.Audit");
  return {
    ...ticketEntry(context, userid, userid),
    clustername: seesName ? (world.clusterName ?? undefined) : undefined,
    cap: capabilities(permissions),
  };
}

function ticketEntry({ world, now }: RequestContext, userid: string, ticketData: string): JsonObject {
  return {
    username: userid,
    ticket: issueTicket(world, ticketData, { userid, now }),
    CSRFPreventionToken: csrfToken(world, userid, now),
  };
}

function challengeFor(context: RequestContext, user: User, factor: SecondFactor): JsonObject {
  const offer = JSON.stringify({ totp: true, recovery: factor.recovery.map((_code, index) => index) });
  return { ...ticketEntry(context, user.id, `!tfa!${encodeURIComponent(offer)}`), NeedTFA: 1 };
}

/** A recovery code works once. */
function answersSecondFactor(factor: SecondFactor | null, answer: string): boolean {
  if (factor === null) return false;
  if (answer === `totp:${factor.totp}`) return true;
  const used = factor.recovery.findIndex((code) => answer === `recovery:${code}`);
  if (used >= 0) factor.recovery.splice(used, 1);
  return used >= 0;
}

const CAPABILITY_GROUPS = {
  vms: "VM.",
  nodes: "Sys.",
  dc: "Pool.",
  storage: "Datastore.",
  access: "User.",
  sdn: "SDN.",
  mapping: "Mapping.",
} as const;

/** A hint for user interfaces: a privilege counts wherever the user has it, even on a single guest. */
function capabilities(permissions: Permissions): JsonObject {
  const held = new Set([...permissions.listed().values()].flatMap((privileges) => [...privileges.keys()]));
  return Object.fromEntries(
    Object.entries(CAPABILITY_GROUPS).map(([group, prefix]) => [
      group,
      Object.fromEntries([...held].filter((name) => name.startsWith(prefix)).map((name) => [name, 1])),
    ]),
  );
}

function listPermissions(context: RequestContext): JsonObject {
  const permissions = permissionsAskedFor(context);
  const path = context.parameters.get("path");
  const asked = path === undefined ? permissions.listed() : new Map([[path, permissions.on(path)]]);
  return Object.fromEntries([...asked].map(([asPath, privileges]) => [asPath, asObject(privileges)]));
}

/** Everybody may ask about themselves; about others only with Sys.Audit on `/access`. */
function permissionsAskedFor({ world, caller, parameters, permissions }: RequestContext): Permissions {
  const userid = parameters.get("userid");
  if (userid === undefined || userid === (caller?.tokenid ?? caller?.userid)) return permissions;
  if (!permissions.has("/access", "Sys.Audit")) throw missingPrivilege("/access", "Sys.Audit");
  const [owner = ""] = userid.split("!");
  return permissionsOf(world, { userid: owner, tokenid: userid.includes("!") ? userid : null });
}

function asObject(privileges: ReadonlyMap<string, Propagate>): JsonObject {
  return Object.fromEntries(privileges);
}
