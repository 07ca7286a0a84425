import { EventEmitter } from "node:events";
import {
  ConnectionClosedError,
  PostgresConnection,
  PostgresQueueBackend,
  type PgPool as BullPool,
  type PgPoolClient,
  type PgQueryResult,
} from "bullmq";
import type { ConnectionState } from "./connection-state.ts";
import { asBullPool, assertMigrated } from "./postgres-schema.ts";
import type { PgPool } from "./queue-backend.ts";
import type { QueueConnection } from "./queue-connection.ts";

/** SQLSTATE with which BullMQ's own functions refuse something, for instance to finish a job whose lock is lost. */
const refusedByBullmq = "BM001";
const longestWaitSeconds = 10;

/** Looks at the queue at least this often, should a notification be lost; BullMQ's own limit is an hour. */
class PollingPostgresBackend extends PostgresQueueBackend {
  override get maximumBlockTimeout(): number {
    return longestWaitSeconds;
  }
}

/** The pool stays the caller's: it is neither ended nor changed. */
export function openPostgresConnection(pool: PgPool, state: ConnectionState): QueueConnection {
  const lease = new PoolLease(pool, state);
  return {
    options: { connection: lease, skipVersionCheck: false },
    factory: (name, options) =>
      new PollingPostgresBackend(new PostgresConnection(lease), name, { ...options, connection: lease }),
    prepare: () => assertMigrated(pool),
    settle: () => Promise.resolve(),
    release: () => lease.release(),
  };
}

/**
 * The pool as BullMQ sees it. BullMQ waits and retries only after errors that it knows from Redis, and spins or drops
 * a finished job after others; so everything but its own refusals becomes such an error here.
 */
class PoolLease extends EventEmitter {
  readonly #owned: PgPool;
  readonly #pool: BullPool;
  readonly #state: ConnectionState;
  readonly #forward = (error: Error): void => void this.emit("error", error);

  constructor(pool: PgPool, state: ConnectionState) {
    super();
    this.#owned = pool;
    this.#pool = asBullPool(pool);
    this.#state = state;
    this.on("error", (error: Error) => state.lost(error));
    pool.on("error", this.#forward);
  }

  query<Row>(text: string, parameters?: readonly unknown[]): Promise<PgQueryResult<Row>> {
    return this.#observe(this.#pool.query<Row>(text, parameters));
  }

  connect(): Promise<PgPoolClient> {
    return this.#observe(this.#pool.connect());
  }

  /** The owner ends the pool. */
  end(): Promise<void> {
    return Promise.resolve();
  }

  release(): void {
    this.#owned.off("error", this.#forward);
  }

  async #observe<Result>(work: Promise<Result>): Promise<Result> {
    try {
      const result = await work;
      this.#state.answered();
      return result;
    } catch (error) {
      if (typeof error === "object" && error !== null && "code" in error && error.code === refusedByBullmq) {
        throw error;
      }
      this.#state.lost(error);
      throw Object.assign(new ConnectionClosedError("Connection is closed."), { cause: error });
    }
  }
}
