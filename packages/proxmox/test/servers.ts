import { once } from "node:events";
import { createServer as createHttpServer, type RequestListener, type Server as HttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { createServer as createNetServer, type Server as NetServer, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import {
  createProxmoxClient,
  type ProxmoxClient,
  type ProxmoxConnection,
  ProxmoxError,
} from "../src/index.ts";
import type { ServerCertificate } from "./self-signed-certificate.ts";

export const SECRET = "11111111-2222-3333-4444-555555555555";

export interface TestServer {
  readonly url: string;
  readonly port: number;
  /** Connections opened so far. */
  readonly connections: number;
  /** Of these, not closed yet. */
  readonly open: number;
  close(): Promise<void>;
}

export async function serve(
  listener: RequestListener,
  certificate?: ServerCertificate,
  port = 0,
): Promise<TestServer> {
  const server =
    certificate === undefined ? createHttpServer(listener) : createHttpsServer(certificate, listener);
  server.keepAliveTimeout = 60_000;
  return listen(server, certificate === undefined ? "http" : "https", port);
}

export async function serveTcp(listener: (socket: Socket) => void): Promise<TestServer> {
  return listen(createNetServer(listener), "http", 0);
}

export async function serveTls(
  certificate: ServerCertificate,
  listener: (socket: TLSSocket) => void,
  port = 0,
): Promise<TestServer> {
  return listen(createTlsServer(certificate, listener), "https", port);
}

async function listen(server: NetServer | HttpServer, scheme: string, port: number): Promise<TestServer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on("connection", (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => sockets.delete(socket));
  });
  server.on("tlsClientError", () => undefined);
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `${scheme}://127.0.0.1:${address.port}`,
    port: address.port,
    get connections() {
      return connections;
    },
    get open() {
      return sockets.size;
    },
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Impatient defaults; a token, no retries, no TLS check. */
export function clientOf(url: string, changes: Partial<ProxmoxConnection> = {}): ProxmoxClient {
  return createProxmoxClient({
    baseUrl: url,
    credentials: { kind: "token", tokenId: "proxbox@pve!sync", secret: SECRET },
    tls: { mode: "insecure" },
    timeoutMs: 5_000,
    maxRetries: 0,
    retryBackoffMs: 1,
    ...changes,
  });
}

/** The ProxmoxError that a call ends in. */
export async function failureOf(call: Promise<unknown>): Promise<ProxmoxError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof ProxmoxError) return error;
    throw error;
  }
  throw new Error("the call did not fail");
}

/** Resolves once the condition holds; rejects after five seconds. */
export async function eventually(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error("the condition never held");
    await new Promise((resolve) => setImmediate(resolve));
  }
}
