/**
 * The part of a `pg.Pool` that the queue uses. The caller owns the pool and must
 * - set `search_path` to `bullmq` on every connection (BullMQ's statements name no schema);
 * - allow at least two connections for each consumer: one of them listens as long as the consumer lives;
 * - set `connectionTimeoutMillis`, or a lost server is noticed late;
 * - handle the pool's `error` event itself, and end the pool after closing what uses it.
 */
export interface PgPool {
  connect(): Promise<PgPoolClient>;
  query(text: string, parameters?: unknown[]): Promise<{ rows: unknown[] }>;
  end(): Promise<void>;
  on(event: "error", listener: (error: Error) => void): unknown;
  off(event: "error", listener: (error: Error) => void): unknown;
}

/** The part of a `pg.PoolClient` that the queue itself uses. */
export interface PgPoolClient {
  query(text: string, parameters?: unknown[]): Promise<{ rows: unknown[] }>;
  release(destroy?: boolean): void;
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
