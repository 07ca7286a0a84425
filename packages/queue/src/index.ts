export { createConsumer } from "./create-consumer.ts";
export type { ConsumerOptions, RunConsumer } from "./create-consumer.ts";
export { createProducer } from "./create-producer.ts";
export type { ProducerOptions, RunProducer } from "./create-producer.ts";
export { jobCatalogue } from "./job-catalogue.ts";
export type { SyncRunData } from "./job-catalogue.ts";
export { isQueueReady, migrateQueue } from "./migrate-queue.ts";
export { openQueueBackend } from "./open-queue-backend.ts";
export type { Logger, PgPool, PgPoolClient, QueueBackend } from "./queue-backend.ts";
export { DeliveryInterrupted, QueueError } from "./queue-error.ts";
export type { InterruptionCode, QueueErrorCode } from "./queue-error.ts";
export type {
  DeliveryContext,
  DeliveryOutcome,
  LossReason,
  LostDelivery,
  RunHandler,
} from "./run-handler.ts";
