import { z } from "zod";

/**
 * The scalars of Proxmox, read as leniently as the contract's closing checklist asks: it sends numbers as strings,
 * floats as strings, flags as 0, 1, "0", "1", "" or not at all, depending on the version and on the moment.
 * Functions and not unions of zod types, because lists have tens of thousands of elements.
 */
type Read<T> = (value: unknown) => T | Complaint;

class Complaint {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

const MISSING = new Complaint("is missing");
const INT32_MAX = 2_147_483_647;
/** The end of the year 9999; PostgreSQL and JavaScript know later instants, nobody else does. */
const LAST_INSTANT = 253_402_300_799;
/** Contract section 6: 0, 1 and instants in 1970 are codes. */
const FIRST_INSTANT = 365 * 24 * 3600;
const NUMERIC = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i;

function wire<T>(read: Read<T>) {
  return z.transform((value: unknown, context): T => {
    const result = read(value);
    if (!(result instanceof Complaint)) return result;
    context.issues.push({ code: "custom", message: result.message, input: value });
    return z.NEVER;
  });
}

function orNull<T>(read: Read<T>): Read<T | null> {
  return (value) => (value === undefined || value === null || value === "" ? null : read(value));
}

function readText(value: unknown): string | Complaint {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return value === undefined || value === null ? MISSING : new Complaint("is not a text");
}

function readName(value: unknown): string | Complaint {
  const text = readText(value);
  return text === "" ? new Complaint("is empty") : text;
}

function readNumber(value: unknown): number | Complaint {
  if (value === undefined || value === null || value === "") return MISSING;
  const number = typeof value === "string" && NUMERIC.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : new Complaint("is not a number");
}

function readBytes(value: unknown): number | Complaint {
  const number = readNumber(value);
  if (number instanceof Complaint) return number;
  const bytes = Math.round(number);
  return Number.isSafeInteger(bytes) ? bytes : new Complaint("is too large");
}

function readIntegerFrom(lowest: number): Read<number> {
  return (value) => {
    const number = readNumber(value);
    if (number instanceof Complaint) return number;
    if (!Number.isInteger(number)) return new Complaint("is not a whole number");
    if (number >= lowest && number <= INT32_MAX) return number;
    return new Complaint(`is not between ${lowest} and ${INT32_MAX}`);
  };
}

function readInstant(value: unknown): number | null | Complaint {
  const number = readNumber(value);
  if (number instanceof Complaint) return number;
  if (number < FIRST_INSTANT) return null;
  return number <= LAST_INSTANT ? Math.trunc(number) : new Complaint("is not a time in seconds");
}

const FLAGS: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
  ...[1, "1", true, "true", "yes", "on"].map((value) => [value, true] as const),
  ...[0, "0", false, "false", "no", "off", "", null, undefined].map((value) => [value, false] as const),
]);

function readFlag(value: unknown): boolean | Complaint {
  return FLAGS.get(value) ?? new Complaint("is not a flag (0 or 1)");
}

function readSet(value: unknown): readonly string[] | Complaint {
  if (value === undefined || value === null) return [];
  const texts: unknown[] = Array.isArray(value) ? value : [value];
  const items = new Set<string>();
  for (const element of texts) {
    const text = readText(element);
    if (text instanceof Complaint) return new Complaint("is not a list of names");
    for (const item of text.split(/[,;]/)) if (item.trim() !== "") items.add(item.trim());
  }
  return [...items].sort();
}

/** A text that must be there and not be empty: names, ids, types. */
export const name = wire(readName);
/** A text as it is sent, empty ones too; null if missing. */
export const optionalText = wire((value) => (value === undefined || value === null ? null : readText(value)));
/** As `optionalText`, but an empty text says nothing either. */
export const optionalName = wire(orNull(readText));
export const optionalNumber = wire(orNull(readNumber));
/** A whole number of bytes that JavaScript can represent. */
export const optionalBytes = wire(orNull(readBytes));
/** Ids and counters: a whole number from 0 that fits 32 bits with sign. */
export const integer = wire(readIntegerFrom(0));
export const optionalInteger = wire(orNull(readIntegerFrom(0)));
/** A limit, for which Proxmox writes "none" as -1. */
export const optionalLimit = wire(orNull(readIntegerFrom(-1)));
/** Unix seconds; null if missing or one of Proxmox's codes 0, 1 and "an instant in 1970". */
export const optionalInstant = wire(orNull(readInstant));
/** Missing is false, as in Proxmox's own configuration. */
export const flag = wire(readFlag);
/** Missing is null: nobody said. An empty text is a sent "no" (containers in PVE 6). */
export const optionalFlag = wire((value) => (value === undefined || value === null ? null : readFlag(value)));
/** Proxmox's unordered lists: `a,b`, `a;b`. Sorted, without duplicates; missing is empty. */
export const nameSet = wire(readSet);
