import { createHmac } from "node:crypto";
import type { World } from "./world.ts";

const LIFETIME_SECONDS = 2 * 3600;

/** `PVE:DATA:HEXTIME::SIGNATURE`, valid for two hours on every node of the cluster. */
export function issueTicket(world: World, data: string, facts: { userid: string; now: number }): string {
  const plain = `PVE:${data}:${hexTime(facts.now)}`;
  return `${plain}::${sign(world, `${plain} ${facts.userid}`)}`;
}

/** The user of a valid full ticket, or null. */
export function userOfTicket(world: World, ticket: string, now: number): string | null {
  const parts = /^PVE:([^:!]+@[^:!]+):([0-9A-F]{8})::/.exec(ticket);
  const [, userid, time] = parts ?? [];
  if (userid === undefined || time === undefined) return null;
  return isGenuine(world, ticket, { userid, now }) && isCurrent(time, now) ? userid : null;
}

/** Whether this is a second-factor ticket made for that user. */
export function isChallengeFor(
  world: World,
  ticket: string,
  facts: { userid: string; now: number },
): boolean {
  const [, time] = /^PVE:!tfa![^:]*:([0-9A-F]{8})::/.exec(ticket) ?? [];
  return time !== undefined && isGenuine(world, ticket, facts) && isCurrent(time, facts.now);
}

/** The token that every write of a ticket's user has to send along. */
export function csrfToken(world: World, userid: string, now: number): string {
  const time = hexTime(now);
  return `${time}:${sign(world, `csrf ${time} ${userid}`)}`;
}

/** Whether the CSRF token was made for that user and has not run out. */
export function isCsrfTokenOf(
  world: World,
  token: string | undefined,
  facts: { userid: string; now: number },
): boolean {
  const [time = "", signature] = token?.split(":") ?? [];
  return isCurrent(time, facts.now) && signature === sign(world, `csrf ${time} ${facts.userid}`);
}

function isGenuine(world: World, ticket: string, { userid }: { userid: string; now: number }): boolean {
  const [plain = "", signature] = ticket.split("::");
  return signature === sign(world, `${plain} ${userid}`);
}

function isCurrent(time: string, now: number): boolean {
  const age = now - Number.parseInt(time, 16);
  return age >= -300 && age <= LIFETIME_SECONDS;
}

function hexTime(now: number): string {
  return now.toString(16).toUpperCase().padStart(8, "0");
}

function sign(world: World, value: string): string {
  return createHmac("sha256", world.ticketKey).update(value).digest("base64");
}
