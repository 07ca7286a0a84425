import { once } from "node:events";
import type { Server } from "node:http";
import { ConfigError } from "./config.ts";

/** A server that listens. */
export interface Listening {
  /** The port it really listens on. */
  readonly port: number;
  /** Takes no new connections, lets running answers end, and resolves when the last one has. */
  close(): Promise<void>;
}

/**
 * Makes an HTTP server listen. Throws ConfigError naming the variable when the address cannot be had, for instance
 * because another program has the port.
 */
export async function listen(
  server: Server,
  { host, port, variable }: { host: string; port: number; variable: string },
): Promise<Listening> {
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`${variable}: cannot listen on ${host}:${port} (${reason}). Choose another port.`, {
      cause: error,
    });
  }
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port.");
  return {
    port: address.port,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeIdleConnections();
      await closed;
    },
  };
}
