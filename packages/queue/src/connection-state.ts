import type { Logger } from "./queue-backend.ts";

/** Knows whether the queue can be used, and says so once per change: an outage is two lines, not thousands. */
export interface ConnectionState {
  readonly isUp: boolean;
  /** Something that the queue exists for succeeded. */
  answered(): void;
  lost(error: unknown): void;
  /** An error that says nothing about the connection; logged once a minute however often it comes. */
  complain(error: Error): void;
}

const complaintIntervalMs = 60_000;
const rememberedComplaints = 100;

/** `role` tells the log lines of a producer from those of a consumer. */
export function watchConnection(log: Logger, role: "producer" | "consumer"): ConnectionState {
  let state: "unknown" | "up" | "down" = "unknown";
  const complaints = new Map<string, number>();
  return {
    get isUp() {
      return state === "up";
    },
    answered() {
      if (state === "down") log.info("queue can be used again", { role });
      state = "up";
    },
    lost(error) {
      if (state !== "down") log.warn("queue cannot be used", { role, error });
      state = "down";
    },
    complain(error) {
      const now = Date.now();
      if (now < (complaints.get(error.message) ?? 0) + complaintIntervalMs) return;
      if (complaints.size >= rememberedComplaints) complaints.clear();
      complaints.set(error.message, now);
      log.warn("queue error", { role, error });
    },
  };
}
