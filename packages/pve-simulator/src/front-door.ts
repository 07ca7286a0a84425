import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { Server as TlsServer } from "node:https";
import { createServer as createNetServer } from "node:net";
import type { Server as HttpServer } from "node:http";
import type { Socket } from "node:net";

/** A listening address that can be closed with everything behind it. */
export interface FrontDoor {
  port: number;
  close(): Promise<void>;
}

const TLS_HANDSHAKE = 0x16;

/**
 * Listens for the API server. In front of a TLS server, plain HTTP is noticed by its first byte and redirected, or
 * cut off where the version does not redirect (contract section 1).
 */
export async function listenOnBoth(options: {
  host: string;
  port: number;
  api: HttpServer | TlsServer;
  redirectsPlainHttp: () => boolean;
}): Promise<FrontDoor> {
  const { host, api } = options;
  const server = api instanceof TlsServer ? sortingServer(api, options.redirectsPlainHttp) : api;
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.listen(options.port, host);
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return {
    port: address.port,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function sortingServer(api: TlsServer, redirects: () => boolean) {
  const plain = createHttpServer((message, response) => {
    const host = message.headers.host ?? "localhost";
    response.writeHead(message.method === "GET" ? 301 : 308, {
      Location: `https://${host}${message.url ?? "/"}`,
      Connection: "close",
    });
    response.end();
  });
  return createNetServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.once("data", (first) => {
      socket.pause();
      socket.unshift(first);
      if (first[0] === TLS_HANDSHAKE) api.emit("connection", socket);
      else if (redirects()) plain.emit("connection", socket);
      else socket.destroy();
      process.nextTick(() => socket.resume());
    });
  });
}
