import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** A door between a client and a server. Shut, it refuses connections as a stopped server does. */
export interface TcpGate {
  readonly port: number;
  shut(): Promise<void>;
  open(): Promise<void>;
  /** Accepts and keeps connections but passes nothing on, like a network that drops packets. */
  swallow(): void;
}

export async function openTcpGate(target: URL): Promise<TcpGate> {
  const sockets = new Set<Socket>();
  let swallowing = false;
  let server = listener();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the gate has no port");
  const { port } = address;

  function listener(): Server {
    return createServer((client) => {
      const upstream = connect(Number(target.port), target.hostname);
      for (const [from, to] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        sockets.add(from);
        from.on("data", (chunk: Buffer) => {
          if (!swallowing) to.write(chunk);
        });
        from.on("error", () => to.destroy());
        from.on("close", () => {
          sockets.delete(from);
          to.destroy();
        });
      }
    });
  }

  return {
    port,
    async shut() {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    async open() {
      swallowing = false;
      server = listener();
      server.listen(port, "127.0.0.1");
      await once(server, "listening");
    },
    swallow() {
      swallowing = true;
    },
  };
}
