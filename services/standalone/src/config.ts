import { proxmoxSettings, superuserSettings } from "@proxbox/api";
import { schedulerSettings } from "@proxbox/scheduler";
import { httpSettings, processSettings, secretSettings, storageSettings } from "@proxbox/service";
import { syncWorkerSettings } from "@proxbox/sync-worker";
import { z } from "zod";

/** Everything in one process: what the others need is generated into DATA_DIR where it is not given. */
export const standaloneSettings = z
  .object({
    DATA_DIR: z
      .string()
      .default(".data")
      .describe("Embedded database and generated keys, readable by its owner only"),
  })
  .extend(processSettings.shape)
  .extend(httpSettings.shape)
  .extend(storageSettings.partial({ DATABASE_URL: true }).shape)
  .extend(secretSettings.partial().shape)
  .extend(superuserSettings.shape)
  .extend(proxmoxSettings.shape)
  .extend(syncWorkerSettings.shape)
  .extend(schedulerSettings.shape);

export type StandaloneConfig = z.output<typeof standaloneSettings>;
