export { deleteToken, hideGuest, revokeRights } from "./access-events.ts";
export { buildWorld } from "./build-world.ts";
export type { WorldOptions } from "./build-world.ts";
export type { Call } from "./call-log.ts";
export { startControlServer } from "./control-server.ts";
export type { ControlServer } from "./control-server.ts";
export { DEFAULT_TOKEN } from "./default-token.ts";
export type { ActiveFault, Fault, FaultRule, Faults } from "./faults.ts";
export { FLAVOUR_VERSIONS } from "./flavours.ts";
export type { Flavour } from "./flavours.ts";
export {
  emptyCluster,
  finishJobRemoval,
  migrateGuest,
  removeGuest,
  removeJobAtOnce,
  runJob,
  startJobRemoval,
  stealGuest,
} from "./guest-events.ts";
export type { RunResult } from "./guest-events.ts";
export {
  becomeCluster,
  bringNodeOnline,
  loseQuorum,
  regainQuorum,
  setVersion,
  takeNodeOffline,
} from "./node-events.ts";
export type { OfflineOptions } from "./node-events.ts";
export { setView } from "./permission-views.ts";
export type { View } from "./permission-views.ts";
export { startSimulator } from "./server.ts";
export type { Simulator, SimulatorOptions } from "./server.ts";
export type { CertificateKind } from "./tls.ts";
export type {
  AclEntry,
  Guest,
  JobState,
  NodeStatistics,
  ProxyFailure,
  ReplicationJob,
  SecondFactor,
  Storage,
  Token,
  User,
  World,
  WorldNode,
} from "./world.ts";
