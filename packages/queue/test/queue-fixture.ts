import { setTimeout as delay } from "node:timers/promises";
import { openQueuePool } from "@proxbox/database";
import {
  createConsumer,
  createProducer,
  type ConsumerOptions,
  type Logger,
  type LostDelivery,
  type QueueBackend,
  type RunConsumer,
  type RunHandler,
  type RunProducer,
} from "@proxbox/queue";
import { testQueueBackends } from "@proxbox/testing";

const backends = testQueueBackends(openQueuePool);
export const available = backends.filter(({ missing }) => missing === null);
export const missing = backends.filter(({ missing }) => missing !== null);

interface LogLine {
  readonly level: keyof Logger;
  readonly message: string;
}

function recordingLogger(): Logger & { readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const record = (level: keyof Logger) => (message: string) => void lines.push({ level, message });
  return {
    lines,
    debug: record("debug"),
    info: record("info"),
    warn: record("warn"),
    error: record("error"),
  };
}

/** Looks every few milliseconds; throws when it does not come true in time. */
export async function until(
  condition: () => boolean,
  what: string,
  meanwhile: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`not in time: ${what}`);
    await meanwhile();
    await delay(10);
  }
}

/** A queue of its own, and what a test started on it. */
export interface QueueBench {
  readonly queueName: string;
  readonly log: ReturnType<typeof recordingLogger>;
  readonly lost: LostDelivery[];
  producer(): RunProducer;
  consumer(handler: RunHandler, options?: Partial<ConsumerOptions>): RunConsumer;
  close(): Promise<void>;
}

export function openBench(backend: QueueBackend, queueName: string): QueueBench {
  const log = recordingLogger();
  const lost: LostDelivery[] = [];
  const started: { close(): Promise<void> }[] = [];
  return {
    queueName,
    log,
    lost,
    producer() {
      const producer = createProducer(backend, { queueName, log });
      started.push(producer);
      return producer;
    },
    consumer(handler, options = {}) {
      const onLost = (delivery: LostDelivery): Promise<void> => {
        lost.push(delivery);
        return Promise.resolve();
      };
      const consumer = createConsumer(backend, { queueName, log, onLost, ...options }, handler);
      started.push(consumer);
      return consumer;
    },
    async close() {
      await Promise.all(started.map((one) => one.close()));
    },
  };
}
