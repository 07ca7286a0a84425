import type { EnvironmentEndpoint } from "@proxbox/database";
import { buildWorld, DEFAULT_TOKEN, startSimulator } from "@proxbox/pve-simulator";

/** A simulated three-node cluster, and the endpoint by which it is reached. */
export async function startDemoCluster(): Promise<{
  endpoint: EnvironmentEndpoint;
  close: () => Promise<void>;
}> {
  const simulator = await startSimulator(
    buildWorld({ clusterName: "demo", nodes: 3, guests: 12, jobs: 16 }),
    {
      tls: true,
    },
  );
  const [username = "", tokenName = ""] = DEFAULT_TOKEN.id.split("!");
  return {
    endpoint: {
      name: "demo",
      domain: simulator.host,
      port: simulator.port,
      username,
      tokenName,
      tokenValue: DEFAULT_TOKEN.secret,
      verifySsl: null,
      tlsCa: null,
      tlsFingerprint: simulator.fingerprint256,
    },
    close: () => simulator.close(),
  };
}
