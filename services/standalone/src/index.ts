export { type StandaloneConfig, standaloneSettings } from "./config.ts";
export { type Standalone, startStandalone } from "./start-standalone.ts";
