import { shuffle } from "./random.ts";
import type { Random } from "./random.ts";

/** What an answer may hold. Keys whose value is undefined are not written. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** Writes JSON with the keys of every object in random order, as Perl does. */
export function writeJson(value: Json, random: Random): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (isArray(value)) return `[${value.map((item) => writeJson(item, random)).join(",")}]`;
  const members: string[] = [];
  for (const key of shuffle(Object.keys(value), random)) {
    const member = value[key];
    if (member !== undefined) members.push(`${quotedKey(key)}:${writeJson(member, random)}`);
  }
  return `{${members.join(",")}}`;
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

const plainKey = /^[a-z0-9_-]+$/i;

function quotedKey(key: string): string {
  return plainKey.test(key) ? `"${key}"` : JSON.stringify(key);
}
