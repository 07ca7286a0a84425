import { z } from "zod";

/** The environment of the scheduler. */
export const schedulerSettings = z.object({
  SWEEP_EVERY_MS: z.coerce
    .number()
    .int()
    .positive()
    .default(5_000)
    .describe("How often lost deliveries are looked for"),
  SWEEP_OLDER_THAN_MS: z.coerce
    .number()
    .int()
    .positive()
    .default(15_000)
    .describe("A run without a sign of life for this long is handed to the queue again"),
});
