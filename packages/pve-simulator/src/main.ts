#!/usr/bin/env node
import { buildWorld } from "./build-world.ts";
import { parseCommandLine } from "./command-line.ts";
import { startControlServer } from "./control-server.ts";
import { DEFAULT_TOKEN } from "./default-token.ts";
import { startSimulator } from "./server.ts";
import type { CommandLine } from "./command-line.ts";
import type { Simulator } from "./server.ts";

const CLUSTER_NAMES = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"] as const;

const command = parseCommandLine(process.argv.slice(2));
if (command.kind === "print") {
  const stream = command.exitCode === 0 ? process.stdout : process.stderr;
  stream.write(`${command.text}\n`);
  process.exitCode = command.exitCode;
} else {
  await run(command.options);
}

async function run(options: CommandLine): Promise<void> {
  const simulators: Simulator[] = [];
  for (let index = 0; index < options.clusters; index++) simulators.push(await startCluster(options, index));
  const controlPort = options["control-port"];
  const control =
    controlPort === undefined ? null : await startControlServer(simulators, { port: controlPort });
  process.stdout.write(`${describe(simulators, control?.url ?? null)}\n`);

  const stop = () => {
    const running = control === null ? simulators : [...simulators, control];
    void Promise.all(running.map((server) => server.close())).then(() => process.exit(0));
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
}

async function startCluster(options: CommandLine, index: number): Promise<Simulator> {
  const { flavour, nodes, guests, host, port, seed } = options;
  const world = buildWorld({
    clusterName: CLUSTER_NAMES[index] ?? `cluster${index + 1}`,
    seed: seed + index,
    flavour,
    nodes,
    guests,
    ...(options.jobs === undefined ? {} : { jobs: options.jobs }),
  });
  return await startSimulator(world, {
    host,
    port: port === 0 ? 0 : port + index,
    tls: !options.http,
    authDelayMs: options["auth-delay"],
  });
}

function describe(simulators: readonly Simulator[], controlUrl: string | null): string {
  const clusters = simulators.map(({ url, world, fingerprint256 }) => {
    const size = `${world.nodes.size} nodes, ${world.guests.size} guests, ${world.jobs.size} replication jobs`;
    const certificate = fingerprint256 === null ? "" : `\n  certificate   ${fingerprint256}`;
    return `${url}\n  cluster       ${world.clusterName ?? "none"}: ${size}${certificate}`;
  });
  const token = `Token id        ${DEFAULT_TOKEN.id}\nToken secret    ${DEFAULT_TOKEN.secret}`;
  const control = controlUrl === null ? [] : [`Control         ${controlUrl}`];
  return [...clusters, token, ...control].join("\n");
}
