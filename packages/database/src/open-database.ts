import "reflect-metadata";
import pg from "pg";
import { DataSource } from "typeorm";
import { entities } from "./entities/index.ts";
import { migrations } from "./migrations/index.ts";

/** An open connection pool. Repositories take it; nothing outside of this package looks into it. */
export interface Database {
  readonly source: DataSource;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  readonly poolSize?: number;
  /** Milliseconds after which PostgreSQL cancels a statement; none by default. */
  readonly statementTimeoutMs?: number;
  /** Shown in pg_stat_activity. */
  readonly applicationName?: string;
}

/** Instants stay text: a JavaScript Date cuts microseconds, on which ETags and exact date filters depend. */
function textInstants(): pg.TypeOverrides {
  const types = new pg.TypeOverrides();
  const { TIMESTAMPTZ, TIMESTAMP, DATE } = pg.types.builtins;
  for (const oid of [TIMESTAMPTZ, TIMESTAMP, DATE]) types.setTypeParser(oid, (value: string) => value);
  return types;
}

/**
 * Opens a pool and checks that PostgreSQL answers.
 * Throws PostgreSQL's own error when it does not.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const source = new DataSource({
    type: "postgres",
    url: options.url,
    entities,
    migrations,
    poolSize: options.poolSize ?? 10,
    extra: {
      types: textInstants(),
      options: "-c TimeZone=UTC",
      connectionTimeoutMillis: 10_000,
      ...(options.statementTimeoutMs === undefined ? {} : { statement_timeout: options.statementTimeoutMs }),
      ...(options.applicationName === undefined ? {} : { application_name: options.applicationName }),
    },
    logging: false,
  });
  await source.initialize();
  return { source, close: () => source.destroy() };
}

/**
 * A pool of its own for the queue's PostgreSQL backend, so that a blocked queue cannot starve the repositories.
 * `size` must leave room for one listening connection per consumer.
 */
export function openQueuePool(url: string, size = 6): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: size,
    keepAlive: true,
    connectionTimeoutMillis: 10_000,
    application_name: "proxbox-queue",
    options: "-c search_path=bullmq",
  });
  // The queue notices a lost server by itself; without a listener the process would end.
  pool.on("error", () => undefined);
  return pool;
}
