import { isIP } from "node:net";
import { z } from "zod";

const port = (initial: number) => z.coerce.number().int().min(0).max(65_535).default(initial);

/** What every process reads from its environment. */
export const processSettings = z.object({
  HOST: z.string().default("127.0.0.1").describe("Address that servers listen on"),
  OPS_PORT: port(9090).describe("Port of /livez and /readyz; 0 takes any free one"),
  LOG_LEVEL: z
    .enum(["error", "warn", "info", "debug"])
    .default("info")
    .describe("What is logged: this level and above"),
  LOG_FORMAT: z
    .enum(["pretty", "json"])
    .optional()
    .describe("How a line looks; `pretty` on a terminal, else `json`"),
});

/** Of the processes that serve pages or the API. */
export const httpSettings = z.object({
  PORT: port(8080).describe("Port of the API; 0 takes any free one"),
  TRUSTED_PROXIES: z
    .string()
    .optional()
    .transform((text = "") =>
      text
        .split(",")
        .map((network) => network.trim())
        .filter((network) => network !== ""),
    )
    .refine((networks) => networks.every(isNetwork), "must be addresses or networks such as 10.0.0.0/8")
    .describe("Addresses or networks, separated by commas, whose `X-Forwarded-*` headers count"),
});

/** Where the data is. Processes that share a database and a queue work together. */
export const storageSettings = z.object({
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .describe("PostgreSQL, `postgres://user:password@host:5432/name`"),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/ })
    .optional()
    .describe("Redis for the queue; without it the queue lives in PostgreSQL"),
  QUEUE_NAME: z
    .string()
    .regex(/^[\w-]+$/, "may contain letters, digits, _ and -")
    .default("runs")
    .describe("Queue that the processes share; installations on one Redis need different ones"),
});

/** What secrets are protected with. */
export const secretSettings = z.object({
  SECRET_KEY: z.string().min(32).describe("Signs cookies and cursors; at least 32 characters"),
  ENCRYPTION_KEYS: z
    .string()
    .describe("`id:base64key[,id:base64key]`, 32 bytes each: the first seals stored secrets, all open"),
  API_TOKEN_PEPPERS: z
    .string()
    .describe("`number:secret[,number:secret]`: the highest number hashes new API tokens"),
});

function isNetwork(text: string): boolean {
  const [address = "", prefix = "0", ...rest] = text.split("/");
  const bits = { 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return rest.length === 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= bits;
}
