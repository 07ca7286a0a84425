import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { applyBeforeAnswer, replacementAnswer, sendWithFaults } from "./apply-faults.ts";
import { answerRequest } from "./answer-request.ts";
import { recordCall, violationsIn } from "./call-log.ts";
import { createFaults } from "./faults.ts";
import { behaviourOf } from "./flavours.ts";
import { listenOnBoth } from "./front-door.ts";
import { seededRandom } from "./random.ts";
import { readRequest, requestLine } from "./read-request.ts";
import { Refusal } from "./refusal.ts";
import { encodeAnswer, waitUnlessClosed } from "./send-answer.ts";
import { makeCertificate } from "./tls.ts";
import { refusalAnswer, successAnswer } from "./wire-answer.ts";
import { nodeOf } from "./world.ts";
import type { Call } from "./call-log.ts";
import type { Fault, Faults } from "./faults.ts";
import type { Behaviour } from "./flavours.ts";
import type { Random } from "./random.ts";
import type { RequestLine } from "./read-request.ts";
import type { CertificateKind, ServedCertificate } from "./tls.ts";
import type { WireAnswer } from "./wire-answer.ts";
import type { World } from "./world.ts";
import type { IncomingMessage, ServerResponse } from "node:http";

export interface SimulatorOptions {
  /** Default: any free port. */
  port?: number;
  /** Default 127.0.0.1. */
  host?: string;
  /** true: a good certificate. Default false: plain HTTP, which real nodes do not offer, but tests are faster. */
  tls?: boolean | CertificateKind;
  /** How long a refused authentication takes; 3000 on real nodes (contract section 2). Default 0. */
  authDelayMs?: number;
  /** Decides the order of keys and arrays. Default 1. */
  seed?: number;
  /** The nodes' clock in Unix seconds. Default: the machine's. */
  now?: () => number;
}

/** A running simulator of one cluster's address. */
export interface Simulator {
  /** For example `https://127.0.0.1:8006`, without `/api2/json`. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** SHA-256 of the served certificate, upper case with colons; null on plain HTTP. */
  readonly fingerprint256: string | null;
  /** The certificate to trust; null on plain HTTP. */
  readonly caPem: string | null;
  /** What is answered from. Assign another world to put another cluster at the same address. */
  world: World;
  readonly faults: Faults;
  /** The newest calls, oldest first. */
  readonly calls: readonly Call[];
  /** Calls other than GET and the login. */
  violations(): Call[];
  forgetCalls(): void;
  /** Ends all connections, hanging ones too, and frees the port. */
  close(): Promise<void>;
}

/** Starts answering for the world; rejects when the port is taken. */
export async function startSimulator(world: World, options: SimulatorOptions = {}): Promise<Simulator> {
  const { host = "127.0.0.1", port = 0 } = options;
  const certificate = await certificateFor(options.tls ?? false);
  const state = startState(world, options, certificate);
  const door = await listenOnBoth({
    host,
    port,
    api: createApiServer(state, certificate),
    redirectsPlainHttp: () => behaviourOfAnsweringNode(state.world).redirectsPlainHttp,
  });
  const urlHost = host.includes(":") ? `[${host}]` : host;
  return {
    url: `${certificate ? "https" : "http"}://${urlHost}:${door.port}`,
    host,
    port: door.port,
    fingerprint256: state.servedFingerprint,
    caPem: certificate?.caPem ?? null,
    get world() {
      return state.world;
    },
    set world(other) {
      state.world = other;
    },
    faults: state.faults,
    calls: state.calls,
    violations: () => violationsIn(state.calls),
    forgetCalls: () => void state.calls.splice(0),
    close: () => door.close(),
  };
}

async function certificateFor(tls: boolean | CertificateKind): Promise<ServedCertificate | null> {
  if (tls === false) return null;
  return await makeCertificate(tls === true ? "valid" : tls);
}

function startState(
  world: World,
  options: SimulatorOptions,
  certificate: ServedCertificate | null,
): ServerState {
  return {
    world,
    calls: [],
    faults: createFaults(),
    authDelayMs: options.authDelayMs ?? 0,
    random: seededRandom(options.seed ?? 1),
    now: options.now ?? (() => Math.floor(Date.now() / 1000)),
    servedFingerprint: certificate?.fingerprint256 ?? null,
  };
}

interface ServerState {
  world: World;
  calls: Call[];
  faults: ReturnType<typeof createFaults>;
  authDelayMs: number;
  random: Random;
  now: () => number;
  servedFingerprint: string | null;
}

function createApiServer(state: ServerState, certificate: ServedCertificate | null) {
  const limits = { maxHeaderSize: 8192, keepAliveTimeout: 5000 };
  const listener = (message: IncomingMessage, response: ServerResponse) => {
    handle(state, message, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  };
  const server = certificate
    ? createTlsServer({ ...limits, key: certificate.keyPem, cert: certificate.certificatePem }, listener)
    : createServer(limits, listener);
  // A worker of the real daemon goes after a thousand requests.
  server.maxRequestsPerSocket = 1000;
  return server;
}

async function handle(state: ServerState, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const line = requestLine(message);
  const call: Call = { ...line, at: Date.now(), endedAt: null, status: null };
  recordCall(state.calls, call);
  response.once("close", () => {
    call.endedAt = Date.now();
    if (response.headersSent) call.status = response.statusCode;
  });
  const met = state.faults.meet(call);
  if (await applyBeforeAnswer(met, response, state.world)) return;
  const answer = await decideAnswer(state, message, { line, met });
  await waitUnlessClosed(response, answer.delayMs);
  const acceptsGzip = /\bgzip\b/.test(message.headers["accept-encoding"]?.toString() ?? "");
  const encoded = await encodeAnswer(answer, acceptsGzip);
  if (response.destroyed) return;
  await sendWithFaults(met, response, encoded);
}

async function decideAnswer(
  state: ServerState,
  message: IncomingMessage,
  { line, met }: { line: RequestLine; met: readonly Fault[] },
): Promise<WireAnswer> {
  const { world, random, authDelayMs } = state;
  const behaviour = behaviourOfAnsweringNode(world);
  const replacement = replacementAnswer(met, behaviour);
  if (replacement) return replacement;
  try {
    const request = await readRequest(message, line);
    const surroundings = { world, random, now: state.now(), servedFingerprint: state.servedFingerprint };
    return successAnswer(answerRequest(request, surroundings), random);
  } catch (error) {
    const refusal = error instanceof Refusal ? error : simulatorFailure(error);
    const answer = refusalAnswer(refusal, behaviour, random);
    return refusal.status === 401 ? { ...answer, delayMs: authDelayMs } : answer;
  }
}

/** A mistake in the simulator or in a hand-made world must not look like a fault on command. */
function simulatorFailure(error: unknown): Refusal {
  return new Refusal(
    500,
    `simulator failed: ${error instanceof Error ? String(error.stack) : String(error)}`,
  );
}

function behaviourOfAnsweringNode(world: World): Behaviour {
  return behaviourOf(nodeOf(world, world.localNode).version);
}
