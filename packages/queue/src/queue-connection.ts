import type { BackendFactory, IQueueBackend } from "bullmq";
import type { ConnectionState } from "./connection-state.ts";
import { openPostgresConnection } from "./postgres-connection.ts";
import type { QueueBackend } from "./queue-backend.ts";
import { openRedisConnection } from "./redis-connection.ts";

/** What one BullMQ `Queue` or `Worker` stands on, whichever the server. */
export interface QueueConnection {
  /** BullMQ demands a connection beside the factory; the factories here know theirs and ignore it. */
  readonly options: { readonly connection: object; readonly skipVersionCheck: boolean };
  readonly factory: BackendFactory<IQueueBackend, object>;
  /** Resolves when it makes sense to ask the server; rejects when it cannot be used yet. */
  prepare(): Promise<void>;
  /** Stops reconnecting; resolves when BullMQ can be closed without waiting for a server that is away. */
  settle(): Promise<void>;
  /** Lets go of every socket and listener. */
  release(): void;
}

export type ConnectionUse = "producer" | "consumer";

/** Starts to connect at once and never throws for a server that is away: `state` hears of it. */
export function openConnection(
  backend: QueueBackend,
  use: ConnectionUse,
  state: ConnectionState,
): QueueConnection {
  return backend.kind === "redis"
    ? openRedisConnection(backend.url, use, state)
    : openPostgresConnection(backend.pool, state);
}
