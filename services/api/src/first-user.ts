import { createUsers, type Database } from "@proxbox/database";
import { hmacSecret, type Peppers } from "@proxbox/service";
import { z } from "zod";

/** The first user; named as in netbox-docker. */
export const superuserSettings = z.object({
  SUPERUSER_NAME: z.string().default("admin").describe("The first user; first start only, as the two below"),
  SUPERUSER_PASSWORD: z.string().optional().describe("Generated and printed once where it is not given"),
  SUPERUSER_API_TOKEN: z
    .string()
    .regex(/^(?:[A-Za-z0-9]{40}|nbt_[A-Za-z0-9]{12}\.[A-Za-z0-9]{40})$/, {
      error: "must be 40 letters and digits, or nbt_<12 of them>.<40 of them>",
    })
    .optional()
    .describe("Generated and printed once where it is not given"),
});

interface FirstUser {
  readonly database: Database;
  readonly peppers: Peppers;
  readonly settings: z.output<typeof superuserSettings>;
}

/**
 * Makes the first user, who may do everything, where there is none. Answers lines that tell a person, once, what was
 * generated: nothing that is stored can bring it back.
 */
export async function ensureFirstUser({
  database,
  peppers,
  settings,
}: FirstUser): Promise<readonly string[]> {
  const name = settings.SUPERUSER_NAME;
  const generated = await createUsers(database).ensureSuperuser({
    name,
    password: settings.SUPERUSER_PASSWORD ?? null,
    apiToken: settings.SUPERUSER_API_TOKEN ?? null,
    hashSecret: (secret) => {
      const { pepperId, digest } = hmacSecret(peppers, secret);
      return { pepperId: String(pepperId), digest };
    },
  });
  const { password = null, apiToken = null } = generated ?? {};
  return [
    ...(password === null ? [] : [`Password of ${name}: ${password}`]),
    ...(apiToken === null ? [] : [`API token of ${name}: ${apiToken}`]),
  ];
}
