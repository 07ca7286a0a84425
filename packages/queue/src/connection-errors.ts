const connectionLost = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
  // PostgreSQL: shut down by its administrator, after a crash, or just starting.
  "57P01",
  "57P02",
  "57P03",
]);

/** Whether an error says "the server is away" rather than "the server refused this". */
export function isConnectionError(error: Error): boolean {
  if ("code" in error && typeof error.code === "string" && connectionLost.has(error.code)) return true;
  return /^Connection (is closed|terminated)|ECONNREFUSED/.test(error.message);
}
