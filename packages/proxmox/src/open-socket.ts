import { connect as connectPlain, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { blockedAddressRefusal, isBlockedAddress, lookupAllowed } from "./blocked-address.ts";
import { checkCertificate } from "./check-certificate.ts";
import type { Target } from "./connection.ts";
import { toError } from "./is-error.ts";

const lookup = lookupAllowed();

/** Names with several addresses: how long each is tried before the next. Node's 250 ms are too short for a busy WAN. */
const ADDRESS_ATTEMPT_MS = 1_000;

export interface OpenSocketOptions {
  readonly timeoutMs: number;
  /** Ends the attempt. */
  readonly signal: AbortSignal;
}

/**
 * Opens a connection over which credentials may be sent: the address is allowed and, with TLS, the certificate was
 * checked. Not one byte of a request is written before. Every handshake is a full one, because a resumed session
 * brings no certificate to check.
 *
 * @throws ConnectionRefusal, or the socket's error.
 */
export function openSocket(target: Target, { timeoutMs, signal }: OpenSocketOptions): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const { host, port, trust } = target;
    // Literals never pass through `lookup`.
    if (isBlockedAddress(host)) {
      reject(blockedAddressRefusal(host));
      return;
    }
    const address = { host, port, lookup, noDelay: true, autoSelectFamilyAttemptTimeout: ADDRESS_ATTEMPT_MS };
    const socket =
      trust === null
        ? connectPlain(address)
        : connectTls({
            ...address,
            secureContext: trust.context,
            servername: isIP(host) === 0 ? host : "",
            ALPNProtocols: ["http/1.1"],
            rejectUnauthorized: false,
          });
    const settle = (error: Error | null) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      if (error === null) {
        resolve(socket);
        return;
      }
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(() => settle(connectTimeout(timeoutMs)), timeoutMs);
    const onAbort = () => settle(new Error("Connecting was given up"));
    signal.addEventListener("abort", onAbort, { once: true });
    // Stays for good: an error while the socket is in nobody's hands has nobody else to tell.
    socket.on("error", settle);
    if ("authorized" in socket && trust !== null) {
      socket.once("secureConnect", () => {
        try {
          checkCertificate(socket, trust, target.address);
        } catch (error) {
          settle(toError(error));
          return;
        }
        settle(null);
      });
    } else {
      socket.once("connect", () => settle(null));
    }
    if (signal.aborted) onAbort();
  });
}

function connectTimeout(timeoutMs: number): Error {
  return Object.assign(new Error(`No connection within ${timeoutMs} ms`), { code: "ETIMEDOUT" });
}
