import { request } from "node:http";
import { gunzipSync } from "node:zlib";
import { afterEach } from "@jest/globals";
import { buildWorld, DEFAULT_TOKEN, startSimulator } from "@proxbox/pve-simulator";
import type { Simulator, SimulatorOptions, World, WorldOptions } from "@proxbox/pve-simulator";
import type { Agent, IncomingHttpHeaders } from "node:http";

/** A whole answer; `json` is undefined without a body. */
export interface Reply {
  status: number;
  reason: string;
  headers: IncomingHttpHeaders;
  body: string;
  json: unknown;
}

/** What a test wants to send. */
export interface Sending {
  method?: string;
  headers?: Record<string, string | number>;
  agent?: Agent;
  body?: string;
}

/** The header that the default token needs. */
export const TOKEN_HEADER = `PVEAPIToken=${DEFAULT_TOKEN.id}=${DEFAULT_TOKEN.secret}`;

/** The moment that every test world is built for and answers at, in Unix seconds. */
export const NOW = 1_800_000_000;

const running: Simulator[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((simulator) => simulator.close()));
});

/** A simulator that ends with the test. */
export async function simulate(world: World, options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator(world, { now: () => NOW, ...options });
  running.push(simulator);
  return simulator;
}

/** A world and its simulator. */
export async function simulateNew(
  options: WorldOptions = {},
): Promise<{ world: World; simulator: Simulator }> {
  const world = buildWorld({ now: NOW, ...options });
  return { world, simulator: await simulate(world) };
}

/** Sends one request on a connection of its own; rejects when the answer breaks off. */
export function send(simulator: Simulator, path: string, { body, ...options }: Sending = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const headers = { connection: "close", ...options.headers };
    const outgoing = request(`${simulator.url}/api2/json${path}`, { agent: false, ...options, headers });
    outgoing.on("error", reject);
    outgoing.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const raw = Buffer.concat(chunks);
        const unpacked = response.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw;
        const text = unpacked.toString("utf8");
        resolve({
          status: response.statusCode ?? 0,
          reason: response.statusMessage ?? "",
          headers: response.headers,
          body: text,
          json: parse(text),
        });
      });
    });
    outgoing.end(body);
  });
}

/** A GET with the default token. */
export function get(simulator: Simulator, path: string): Promise<Reply> {
  return send(simulator, path, { headers: { authorization: TOKEN_HEADER } });
}

/** The `data` of a GET that must succeed. */
export async function getData(simulator: Simulator, path: string): Promise<unknown> {
  const reply = await get(simulator, path);
  if (reply.status !== 200) throw new Error(`${path}: ${reply.status} ${reply.reason}`);
  return (reply.json as { data: unknown }).data;
}

/** The `data` of a GET that must answer with a list of objects. */
export async function getList(simulator: Simulator, path: string): Promise<Record<string, unknown>[]> {
  const data = await getData(simulator, path);
  if (!Array.isArray(data)) throw new Error(`${path}: no list`);
  return data as Record<string, unknown>[];
}

/** The entry of a list that has this value under the key. */
export async function getEntry(
  simulator: Simulator,
  path: string,
  [key, value]: [string, unknown],
): Promise<Record<string, unknown>> {
  const entry = (await getList(simulator, path)).find((candidate) => candidate[key] === value);
  if (!entry) throw new Error(`${path}: nothing with ${key} ${String(value)}`);
  return entry;
}

/** A form for a POST. */
export function form(fields: Record<string, string>): Sending {
  const body = new URLSearchParams(fields).toString();
  return {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      "content-length": Buffer.byteLength(body),
    },
    body,
  };
}

function parse(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return { malformed: text };
  }
}
