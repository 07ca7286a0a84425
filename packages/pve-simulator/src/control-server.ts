import { createServer } from "node:http";
import { z } from "zod";
import { eventRequest, faultRequest } from "./control-requests.ts";
import { listenOnBoth } from "./front-door.ts";
import type { Simulator } from "./server.ts";
import type { IncomingMessage, ServerResponse } from "node:http";

/** The control port: changes running simulators from outside the process. */
export interface ControlServer {
  readonly url: string;
  close(): Promise<void>;
}

interface ControlAnswer {
  status: number;
  data: unknown;
}

type ControlHandler = (simulator: Simulator, message: IncomingMessage) => Promise<ControlAnswer>;

const handlers: Readonly<Record<string, ControlHandler>> = {
  "GET faults": (simulator) => Promise.resolve(ok(simulator.faults.list())),
  "POST faults": async (simulator, message) => {
    const rule = faultRequest.parse(await readJson(message));
    return { status: 201, data: simulator.faults.add(rule) };
  },
  "DELETE faults": (simulator) => {
    simulator.faults.clear();
    return Promise.resolve(ok([]));
  },
  "POST events": async (simulator, message) => {
    const change = eventRequest.parse(await readJson(message));
    change(simulator.world);
    return ok(summary(simulator));
  },
  "GET calls": (simulator) =>
    Promise.resolve(ok({ calls: simulator.calls, violations: simulator.violations() })),
  "DELETE calls": (simulator) => {
    simulator.forgetCalls();
    return Promise.resolve(ok([]));
  },
};

/**
 * Serves `GET /_simulator` and `/_simulator/{n}/faults|events|calls`, where n counts the simulators from 0. JSON in
 * and out; 400 with an `error` text for what it cannot do. Meant for the own machine only: it asks for no login.
 */
export async function startControlServer(
  simulators: readonly Simulator[],
  { port = 0, host = "127.0.0.1" }: { port?: number; host?: string } = {},
): Promise<ControlServer> {
  const server = createServer((message, response) => {
    answerControl(simulators, message)
      .then((answer) => send(response, answer))
      .catch((error: unknown) => send(response, { status: 400, data: { error: describe(error) } }));
  });
  const door = await listenOnBoth({ host, port, api: server, redirectsPlainHttp: () => false });
  return { url: `http://${host}:${door.port}/_simulator`, close: () => door.close() };
}

async function answerControl(
  simulators: readonly Simulator[],
  message: IncomingMessage,
): Promise<ControlAnswer> {
  const { method = "GET", url = "/" } = message;
  if (method === "GET" && url === "/_simulator") return ok(simulators.map(summary));
  const [, index, subject] = /^\/_simulator\/(\d+)\/(\w+)$/.exec(url) ?? [];
  const simulator = simulators[Number(index)];
  const handler = handlers[`${method} ${subject ?? ""}`];
  if (!simulator || !handler) return { status: 404, data: { error: `no ${method} ${url} here` } };
  return await handler(simulator, message);
}

function summary({ url, fingerprint256, world }: Simulator) {
  return {
    url,
    fingerprint256,
    cluster: world.clusterName,
    nodes: [...world.nodes.values()].map(({ name, status, version }) => ({ name, status, version })),
    guests: world.guests.size,
    jobs: world.jobs.size,
    quorate: world.quorate,
  };
}

function ok(data: unknown): ControlAnswer {
  return { status: 200, data };
}

/** A page in a browser cannot send this content type to another origin without asking first. */
async function readJson(message: IncomingMessage): Promise<unknown> {
  if (!message.headers["content-type"]?.startsWith("application/json")) {
    throw new Error("send the body as application/json");
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of message) chunks.push(z.instanceof(Uint8Array).parse(chunk));
  return JSON.parse(Buffer.concat(chunks).toString("utf8"));
}

function send(response: ServerResponse, { status, data }: ControlAnswer): void {
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(`${JSON.stringify(data)}\n`);
}

function describe(error: unknown): string {
  if (error instanceof z.ZodError) return z.prettifyError(error);
  return error instanceof Error ? error.message : String(error);
}
