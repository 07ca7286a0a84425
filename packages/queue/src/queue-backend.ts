import type { PgPool as BullPgPool } from "bullmq";

/**
 * The part of a `pg.Pool` that the queue uses. The caller owns the pool and must
 * - set `search_path` to `bullmq` on every connection (BullMQ's statements name no schema);
 * - allow at least two connections for each consumer: one of them listens as long as the consumer lives;
 * - set `connectionTimeoutMillis`, or a lost server is noticed late;
 * - handle the pool's `error` event itself, and end the pool after closing what uses it.
 */
export interface PgPool extends BullPgPool {
  off(event: "error", listener: (error: Error) => void): unknown;
}

/** Where BullMQ keeps its jobs. */
export type QueueBackend =
  { readonly kind: "redis"; readonly url: string } | { readonly kind: "postgres"; readonly pool: PgPool };

/** The part of a logger that the queue uses. */
export interface Logger {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}
