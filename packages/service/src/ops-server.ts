import { createServer, type ServerResponse } from "node:http";

import { listen } from "./listen.ts";

/** Whether a process can do its work, and what each thing that it needs says. */
export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, string>>;
}

/** A running health server. */
export interface OpsServer {
  /** The port it really listens on. */
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves a process's health on a port of its own: `/livez` is 200 while the process answers at all, `/readyz` is 200 or
 * 503 with the checks. A `ready` that throws counts as not ready. Throws ConfigError when the port is taken.
 */
export async function startOpsServer(options: {
  host: string;
  /** 0 takes any free port. */
  port: number;
  ready: () => Promise<Readiness>;
}): Promise<OpsServer> {
  const { host, port, ready } = options;
  const server = createServer((request, response) => {
    const path = request.url?.split("?")[0];
    const isRead = request.method === "GET" || request.method === "HEAD";
    if (isRead && path === "/livez") answer(response, 200, { status: "ok" });
    else if (isRead && path === "/readyz") void answerReadiness(response, ready);
    else answer(response, 404, { detail: "Not found." });
  });
  const listening = await listen(server, { host, port, variable: "OPS_PORT" });
  return {
    port: listening.port,
    async close() {
      const closed = listening.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answerReadiness(response: ServerResponse, ready: () => Promise<Readiness>): Promise<void> {
  try {
    const readiness = await ready();
    answer(response, readiness.ready ? 200 : 503, readiness);
  } catch (error) {
    // The text may name hosts and users; health is open to whoever reaches the port.
    const name = error instanceof Error ? error.name : "unknown error";
    answer(response, 503, { ready: false, checks: { readiness: `failed: ${name}` } });
    return;
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(JSON.stringify(body));
}
