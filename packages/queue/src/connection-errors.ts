const connectionLost = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
]);

/** Whether BullMQ or ioredis says "the server is away" rather than "the server refused this". */
export function isConnectionError(error: Error): boolean {
  if ("code" in error && typeof error.code === "string" && connectionLost.has(error.code)) return true;
  return /^Connection is closed|^Socket timeout|ECONNREFUSED/.test(error.message);
}
