export { ConfigError, loadConfig } from "./config.ts";
export { loadOrCreateKeys, type GeneratedKeys } from "./generated-keys.ts";
export { createLifecycle, StopError, type Lifecycle, type LifecycleOptions } from "./lifecycle.ts";
export {
  createLogger,
  withLogContext,
  type LogFields,
  type Logger,
  type LoggerOptions,
  type LogLevel,
} from "./logger.ts";
export { listen, type Listening } from "./listen.ts";
export { redactText } from "./log-values.ts";
export { startOpsServer, type OpsServer, type Readiness } from "./ops-server.ts";
export { hmacSecret, matchesDigest, parsePeppers, type Peppers, type SecretDigest } from "./peppers.ts";
export { httpSettings, processSettings, secretSettings, storageSettings } from "./process-settings.ts";
export { runService, type ServiceLifecycle } from "./run-service.ts";
export { createSecretBox, parseEncryptionKeys, type EncryptionKey, type SecretBox } from "./secret-box.ts";
export { SecretError } from "./secret-error.ts";
export { waitUntil } from "./wait-until.ts";
