import { ConnectionClosedError, createRedisBackend, type RedisQueueBackend } from "bullmq";
import { Redis, type RedisOptions } from "ioredis";
import type { ConnectionState } from "./connection-state.ts";
import type { ConnectionUse, QueueConnection } from "./queue-connection.ts";
import { settlesWithin } from "./settles-within.ts";

const connectTimeoutMs = 3_000;
const heartbeatMs = 10_000;
const heartbeatTimeoutMs = 5_000;
const longestRetryDelayMs = 1_000;

/** Hears of the second client that BullMQ makes for a worker's blocking command, so that both can be let go. */
class ConsumerRedis extends Redis {
  readonly copies: Redis[] = [];

  override duplicate(override?: Partial<RedisOptions>): Redis {
    const copy = super.duplicate(override);
    this.copies.push(copy);
    return copy;
  }
}

/** A producer's commands fail at once while Redis is away; a consumer's wait for it, as BullMQ requires. */
export function openRedisConnection(
  url: string,
  use: ConnectionUse,
  state: ConnectionState,
): QueueConnection {
  let closing = false;
  const client = new ConsumerRedis(url, {
    connectTimeout: connectTimeoutMs,
    retryStrategy: (times) => (closing ? null : Math.min(50 * 2 ** times, longestRetryDelayMs)),
    // After a failover the old primary answers READONLY until we connect to the new one.
    reconnectOnError: (error) => error.message.startsWith("READONLY"),
    ...(use === "producer"
      ? { maxRetriesPerRequest: 0, enableOfflineQueue: false }
      : { maxRetriesPerRequest: null }),
  });
  client.on("error", (error: Error) => state.lost(error));
  client.on("close", () => {
    if (!closing) state.lost(new Error("Redis closed the connection"));
  });
  const clients = () => [client, ...client.copies];
  const heartbeat = setInterval(() => void reconnectIfSilent(client), heartbeatMs);
  heartbeat.unref();
  return {
    // A producer asks for no version: BullMQ would ask once, and stay broken if the answer were lost.
    options: { connection: client, skipVersionCheck: use === "producer" },
    factory: (name, options, flags) =>
      withPatientFetch(
        createRedisBackend(
          name,
          {
            ...options,
            connection: client,
            ...(use === "producer" ? { skipWaitingForReady: true } : {}),
          },
          flags,
        ),
        state,
      ),
    // The first attempt to connect has ended, well or badly.
    prepare: () => hasReached(client, ["ready", "close", "reconnecting", "end"]),
    async settle() {
      closing = true;
      // Disconnecting a client that waits for its next attempt never ends; that attempt, now the last, does.
      await Promise.all(clients().map((one) => hasReached(one, ["ready", "end"])));
    },
    release() {
      closing = true;
      clearInterval(heartbeat);
      // Disconnecting twice leaves a timer of two seconds.
      for (const one of clients()) if (one.status !== "end") one.disconnect();
    },
  };
}

/**
 * When Redis refuses to hand out a job (a replica, missing rights, no memory), BullMQ asks again at once, thousands of
 * times a second. It pauses only when the connection is lost, so that is what it is told.
 */
function withPatientFetch(backend: RedisQueueBackend, state: ConnectionState): RedisQueueBackend {
  const fetch = backend.moveToActive.bind(backend);
  backend.moveToActive = async (token, name) => {
    try {
      const fetched: unknown[] = await fetch(token, name);
      state.answered();
      return fetched;
    } catch (error) {
      state.lost(error);
      throw Object.assign(new ConnectionClosedError("Connection is closed."), { cause: error });
    }
  };
  return backend;
}

/** A network that swallows packets closes no socket; without this, commands would wait for the kernel's 15 minutes. */
async function reconnectIfSilent(client: Redis): Promise<void> {
  const isReady = (): boolean => client.status === "ready";
  if (!isReady()) return;
  const answered = await settlesWithin(client.ping(), heartbeatTimeoutMs);
  if (!answered && isReady()) client.disconnect(true);
}

type Status = "ready" | "close" | "reconnecting" | "end";

function hasReached(client: Redis, wanted: readonly Status[]): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      if (!wanted.some((status) => status === client.status)) return;
      for (const status of wanted) client.off(status, check);
      resolve();
    };
    for (const status of wanted) client.on(status, check);
    check();
  });
}
