import type { ProxmoxConnection } from "./connection.ts";
import { untilAborted } from "./until-aborted.ts";

/** Headers that prove who asks. One object is one ticket. */
type AuthenticationHeaders = Readonly<Record<string, string>>;

export interface Session {
  /** Logs in where that is needed. Throws what the login throws, or the abort reason. */
  headers(signal: AbortSignal): Promise<AuthenticationHeaders>;
  /** Proxmox answered 401 to these headers. True if others can be had by asking again. */
  refused(headers: AuthenticationHeaders): boolean;
}

export function createTokenSession(credentials: {
  readonly tokenId: string;
  readonly secret: string;
}): Session {
  const headers = { authorization: `PVEAPIToken=${credentials.tokenId}=${credentials.secret}` };
  return { headers: () => Promise.resolve(headers), refused: () => false };
}

/** A ticket lives two hours (contract section 2); by then another one must be in use. */
const TICKET_USE_MS = 90 * 60_000;

interface Login {
  readonly headers: Promise<AuthenticationHeaders>;
  readonly abandon: AbortController;
  waiting: number;
}

/** `login` returns a ticket. `now` is a clock in milliseconds that never goes back. */
export function createTicketSession(
  login: (signal: AbortSignal) => Promise<string>,
  now: () => number,
): Session {
  let current: { readonly headers: AuthenticationHeaders; readonly renewAt: number } | null = null;
  let running: Login | null = null;

  function start(): Login {
    const abandon = new AbortController();
    const startedAt = now();
    const headers = login(abandon.signal).then((ticket) => {
      const fresh = { cookie: `PVEAuthCookie=${encodeURIComponent(ticket)}` };
      current = { headers: fresh, renewAt: startedAt + TICKET_USE_MS };
      return fresh;
    });
    // Whoever still waits sees the error; if nobody does, it concerns nobody.
    headers.catch(() => undefined);
    return { headers, abandon, waiting: 0 };
  }

  return {
    async headers(signal) {
      if (current !== null && now() < current.renewAt) return current.headers;
      const joined = (running ??= start());
      joined.waiting += 1;
      try {
        return await untilAborted(joined.headers, signal);
      } finally {
        joined.waiting -= 1;
        if (joined.waiting === 0) {
          if (running === joined) running = null;
          joined.abandon.abort();
        }
      }
    },
    refused(headers) {
      if (current?.headers === headers) current = null;
      return true;
    },
  };
}

/** Names the credentials in messages. */
export function credentialsName(credentials: ProxmoxConnection["credentials"]): string {
  return credentials.kind === "token"
    ? `the API token ${credentials.tokenId}`
    : `the user ${credentials.username}`;
}
