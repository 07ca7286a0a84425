export { buildWorld } from "./build-world.ts";
export type { WorldOptions } from "./build-world.ts";
export { DEFAULT_TOKEN } from "./default-token.ts";
export { FLAVOUR_VERSIONS } from "./flavours.ts";
export type { Flavour } from "./flavours.ts";
export { setView } from "./permission-views.ts";
export type { View } from "./permission-views.ts";
export { startSimulator } from "./server.ts";
export type { Simulator, SimulatorOptions } from "./server.ts";
export type { Call } from "./call-log.ts";
export type { ActiveFault, Fault, FaultRule, Faults } from "./faults.ts";
export type { CertificateKind } from "./tls.ts";
export type {
  AclEntry,
  Guest,
  JobState,
  ReplicationJob,
  Storage,
  Token,
  User,
  World,
  WorldNode,
} from "./world.ts";
