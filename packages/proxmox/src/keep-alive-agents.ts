import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { Socket } from "node:net";
import { toError } from "./is-error.ts";

/** Proxmox drops idle connections after 5 s (contract section 1); leaving first avoids most broken ones. */
const IDLE_MS = 4_000;
const POOL = { keepAlive: true, maxFreeSockets: 2 };

/** Agents whose every connection comes from `open`, so that no request can ride on an unchecked one. */
export function createKeepAliveAgents(open: () => Promise<Socket>): { http: HttpAgent; https: HttpsAgent } {
  return { http: withChecked(new HttpAgent(POOL), open), https: withChecked(new HttpsAgent(POOL), open) };
}

function withChecked<A extends HttpAgent>(agent: A, open: () => Promise<Socket>): A {
  const reuse = agent.reuseSocket.bind(agent);
  // The agent hands a request its socket when the callback is called, which is after the checks in `open`.
  agent.createConnection = (_options, callback) => {
    open().then(
      (socket) => {
        socket.on("timeout", () => socket.destroy());
        callback?.(null, socket);
      },
      (error: unknown) => {
        callback?.(toError(error), new Socket());
      },
    );
    return undefined;
  };
  // In place of Node's own, whose idle time-out would also apply to requests in flight.
  agent.keepSocketAlive = (socket) => {
    if (!(socket instanceof Socket)) return false;
    socket.setKeepAlive(true);
    socket.unref();
    socket.setTimeout(IDLE_MS);
    return true;
  };
  agent.reuseSocket = (socket, request) => {
    if (socket instanceof Socket) socket.setTimeout(0);
    reuse(socket, request);
  };
  return agent;
}
