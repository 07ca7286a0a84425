/** One request as it arrived. */
export interface Call {
  method: string;
  /** Without `/api2/json`. */
  path: string;
  query: Readonly<Record<string, string>>;
  /** Milliseconds since 1970. */
  at: number;
  /** When the answer was complete or the connection gone; null while the request is being answered. */
  endedAt: number | null;
  /** Status that was sent, null before that. */
  status: number | null;
}

/** Keeps the newest calls, so that a long demo does not grow without end. */
const MOST_CALLS = 20_000;

/** Adds a call, dropping the oldest ones beyond the limit. */
export function recordCall(calls: Call[], call: Call): void {
  calls.push(call);
  if (calls.length > MOST_CALLS) calls.splice(0, calls.length - MOST_CALLS);
}

/** Calls that a read-only client must never make: anything but GET and the login. */
export function violationsIn(calls: readonly Call[]): Call[] {
  return calls.filter(
    ({ method, path }) => method !== "GET" && !(method === "POST" && path === "/access/ticket"),
  );
}
