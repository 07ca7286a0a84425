import { isCsrfTokenOf, userOfTicket } from "./tickets.ts";
import { Refusal } from "./refusal.ts";
import type { Behaviour } from "./flavours.ts";
import type { Caller } from "./permissions.ts";
import type { World } from "./world.ts";

/** The parts of a request that say who asks. */
export interface Credentials {
  method: string;
  authorization: string | undefined;
  cookie: string | undefined;
  csrfToken: string | undefined;
}

/** Who sent this; throws a 401 Refusal without body. A cookie wins over a token (contract section 2). */
export function authenticate(
  credentials: Credentials,
  facts: { world: World; behaviour: Behaviour; now: number },
): Caller {
  try {
    const ticket = ticketOf(credentials.cookie);
    if (ticket !== null) return byTicket(ticket, credentials, facts);
    const token = tokenOf(credentials.authorization);
    if (token !== null) return byToken(token, facts);
  } catch (error) {
    if (!(error instanceof Refusal) || !facts.behaviour.oneTextFor401) throw error;
    throw unauthenticated("Authentication failed!");
  }
  throw unauthenticated("No ticket");
}

/** Whether the request carries an API token. */
export function isTokenRequest(credentials: Credentials): boolean {
  return ticketOf(credentials.cookie) === null && tokenOf(credentials.authorization) !== null;
}

function byTicket(
  ticket: string,
  { method, csrfToken }: Credentials,
  { world, now }: { world: World; now: number },
): Caller {
  const userid = userOfTicket(world, ticket, now);
  if (userid === null) throw unauthenticated("permission denied - invalid PVE ticket");
  requireUser(world, userid);
  if (method !== "GET" && !isCsrfTokenOf(world, csrfToken, { userid, now })) {
    throw unauthenticated("Permission denied - invalid csrf token");
  }
  return { userid, tokenid: null };
}

function byToken(
  { id, secret }: { id: string; secret: string },
  { world, now }: { world: World; now: number },
): Caller {
  const [userid = "", name = ""] = id.split("!");
  requireUser(world, userid);
  const token = world.tokens.get(id);
  if (!token) throw unauthenticated(`no such token '${name}' for user '${userid}'`);
  if (token.expire !== 0 && token.expire < now) throw unauthenticated(`token '${id}' access expired`);
  if (token.secret !== secret) throw unauthenticated("invalid token value!");
  return { userid, tokenid: id };
}

function requireUser(world: World, userid: string): void {
  const user = world.users.get(userid);
  if (!user) throw unauthenticated(`no such user ('${userid}')`);
  if (!user.enabled) throw unauthenticated(`user '${userid}' is disabled`);
}

function ticketOf(cookie: string | undefined): string | null {
  const [, value] = /(?:^|;\s*)PVEAuthCookie=([^;]*)/.exec(cookie ?? "") ?? [];
  if (value === undefined) return null;
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

function tokenOf(authorization: string | undefined): { id: string; secret: string } | null {
  const [, id, secret] =
    /^PVEAPIToken[= ]([^@\s]+@[^!\s]+![A-Za-z][A-Za-z0-9._-]+)=(\S+)$/.exec(authorization ?? "") ?? [];
  return id === undefined || secret === undefined ? null : { id, secret };
}

function unauthenticated(text: string): Refusal {
  return new Refusal(401, text, { body: "none" });
}
