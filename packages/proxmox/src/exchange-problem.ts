import { errorCode } from "./http-exchange.ts";
import { ConnectionRefusal } from "./connection-refusal.ts";
import { isError, toError } from "./is-error.ts";
import { oneLine } from "./one-line.ts";
import type { ProxmoxErrorDetails } from "./proxmox-error.ts";

/** What went wrong, before it is known which call it was. */
export interface Problem {
  readonly code: ProxmoxErrorDetails["code"];
  readonly message: string;
  readonly status?: number;
  readonly cause?: unknown;
  /** May the same GET succeed a little later? */
  readonly passing: boolean;
}

const HINTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "refused the connection: is the port right, is pveproxy running?",
  ECONNRESET:
    "broke the connection off. If this happens every time: is the port right, is the address https://, does the node allow this client (ALLOW_FROM in /etc/default/pveproxy)?",
  EPIPE: "broke the connection off",
  ENOTFOUND: "cannot be found: the name is not known to DNS",
  EAI_AGAIN: "cannot be found at the moment: DNS did not answer",
  EHOSTUNREACH: "cannot be reached: no route to the host",
  ENETUNREACH: "cannot be reached: no route to its network",
};

/** Explains why no answer came. `address` is the `host:port` asked. */
export function exchangeProblem(error: unknown, address: string, timeoutMs: number): Problem {
  const refusal = findRefusal(error);
  if (refusal !== null) {
    const code = refusal.kind === "certificate" ? "tls" : "unreachable";
    return { code, message: refusal.message, passing: false };
  }
  const code = errorCode(error);
  const cause = safeCopy(error);
  if (code === "EPROTO" || code.startsWith("ERR_SSL") || code.startsWith("ERR_TLS")) {
    return {
      code: "tls",
      message: `No TLS connection to ${address} (${cause.message}): is the port right, does it speak TLS?`,
      cause,
      passing: false,
    };
  }
  if (code.startsWith("HPE_") || code.startsWith("Z_")) {
    return {
      code: "bad-answer",
      message: `${address} does not answer as an HTTP server should (${cause.message}): is the port right?`,
      cause,
      passing: false,
    };
  }
  const hint = code === "ETIMEDOUT" ? `gave no whole answer in time (limit ${timeoutMs} ms)` : HINTS[code];
  return {
    code: "unreachable",
    message: `${address} ${hint ?? `cannot be reached (${cause.message})`}`,
    cause,
    passing: true,
  };
}

function findRefusal(error: unknown): ConnectionRefusal | null {
  let current = error;
  for (let depth = 0; depth < 5 && isError(current); depth += 1) {
    if (current instanceof ConnectionRefusal) return current;
    current = current.cause;
  }
  return null;
}

/** got's errors carry the request options, headers included; this copy carries a name, a message and a code. */
function safeCopy(error: unknown): Error {
  const original = toError(error);
  const copy = new Error(oneLine(messageOf(original)));
  return Object.assign(copy, { name: original.name, code: errorCode(error) });
}

/** A name with several addresses fails with an AggregateError, whose own message is empty. */
function messageOf(error: Error): string {
  if (error.message !== "") return error.message;
  const inner = "errors" in error ? error : error.cause;
  if (!isError(inner) || !("errors" in inner) || !Array.isArray(inner.errors)) return errorCode(error);
  return inner.errors.map((one: unknown) => toError(one).message).join("; ");
}
