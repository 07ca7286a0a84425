import type { Logger } from "./queue-backend.ts";

/** Knows whether the queue answers, and says so once per change: an outage is two lines, not thousands. */
export interface ConnectionState {
  readonly isUp: boolean;
  answered(): void;
  lost(error: unknown): void;
}

/** `role` tells the log lines of a producer from those of a consumer. */
export function watchConnection(log: Logger, role: "producer" | "consumer"): ConnectionState {
  let state: "unknown" | "up" | "down" = "unknown";
  return {
    get isUp() {
      return state === "up";
    },
    answered() {
      if (state === "down") log.info("queue answers again", { role });
      state = "up";
    },
    lost(error) {
      if (state !== "down") log.warn("queue does not answer", { role, error });
      state = "down";
    },
  };
}
