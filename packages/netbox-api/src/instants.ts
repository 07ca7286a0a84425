const stored = /^(\d{4,}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(?:\+00(?::00)?|Z)$/;

/** PostgreSQL's text of an instant in UTC to the wire: microseconds, none where they are zero. */
export function instantToWire(text: string): string {
  const { date, time, fraction } = splitInstant(text);
  return `${date}T${time}${fraction}Z`;
}

/** The weak ETag of an object that was last written then (contract W-16). */
export function instantToEtag(text: string): string {
  const { date, time, fraction } = splitInstant(text);
  return `W/"${date}T${time}${fraction}+00:00"`;
}

function splitInstant(text: string): { date: string; time: string; fraction: string } {
  const [, date, time, digits] = stored.exec(text) ?? [];
  if (date === undefined || time === undefined) throw new TypeError(`Not an instant in UTC: ${text}`);
  const micros = (digits ?? "").padEnd(6, "0");
  return { date, time, fraction: micros === "000000" ? "" : `.${micros}` };
}

const iso =
  /^(?<year>\d{4})-(?<month>\d{1,2})-(?<day>\d{1,2})(?:[T ](?<hour>\d{1,2}):(?<minute>\d{1,2})(?::(?<second>\d{1,2})(?:[.,](?<fraction>\d{1,6})\d{0,6})?)?\s*(?<zone>Z|[+-]\d{2}(?::?\d{2})?)?)?$/i;
const american =
  /^(?<month>\d{1,2})\/(?<day>\d{1,2})\/(?<year>\d{4})(?: (?<hour>\d{1,2}):(?<minute>\d{1,2})(?::(?<second>\d{1,2})(?:\.(?<fraction>\d{1,6}))?)?)?$/;

/**
 * An instant as people and clients write it in a filter (contract section 4.4): ISO 8601 with optional parts, a bare
 * date (midnight UTC), or the American style. Null when it is none. The result is ISO 8601 in UTC with microseconds.
 */
export function parseInstant(text: string): string | null {
  const trimmed = text.trim();
  const parts = (iso.exec(trimmed) ?? american.exec(trimmed))?.groups;
  if (parts === undefined) return null;
  const date = exactDate(parts);
  if (date === null) return null;
  date.setTime(date.getTime() - zoneMinutes(parts["zone"]) * 60_000);
  const utcYear = date.getUTCFullYear();
  if (utcYear < 1 || utcYear > 9999) return null;
  return `${date.toISOString().slice(0, 19)}.${(parts["fraction"] ?? "").padEnd(6, "0")}Z`;
}

/** Null for a date that is not in the calendar, or a time that is not on the clock. */
function exactDate(parts: Readonly<Record<string, string | undefined>>): Date | null {
  const number = (name: string): number => Number(parts[name] ?? "0");
  const date = new Date(0);
  date.setUTCFullYear(number("year"), number("month") - 1, number("day"));
  date.setUTCHours(number("hour"), number("minute"), number("second"));
  // A date that rolled over, such as February 30, comes out with another day, month, hour or minute.
  const isReal =
    date.getUTCMonth() + 1 === number("month") &&
    date.getUTCDate() === number("day") &&
    date.getUTCHours() === number("hour") &&
    date.getUTCMinutes() === number("minute") &&
    date.getUTCSeconds() === number("second");
  return isReal ? date : null;
}

function zoneMinutes(zone = "Z"): number {
  if (zone.toUpperCase() === "Z") return 0;
  const sign = zone.startsWith("-") ? -1 : 1;
  return sign * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3).replace(":", "") || "0"));
}
