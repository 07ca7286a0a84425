import { z } from "zod";
import { EndpointEntity } from "../entities/endpoint.ts";
import { endpointReadModel } from "../listing/read-models/endpoint.ts";
import type { Database } from "../open-database.ts";
import { replaceLinks } from "./linking-writer.ts";
import { createLoggedStore, type LoggedStore, type WrittenValues } from "./logged-store.ts";

/** Encrypts a text so that it opens only with the same additional data. */
export type Seal = (plaintext: string, aad: string) => string;

/** The additional data that binds a secret to its endpoint and its purpose (rule R12). */
export function endpointSecretAad(endpointId: number, purpose: "password" | "token_value"): string {
  return `endpoint:${endpointId}:${purpose}`;
}

/** Endpoints, with their secrets sealed on the way in; on the way out there are none. */
export function createEndpoints(database: Database, seal: Seal): LoggedStore {
  return createLoggedStore(database, endpointReadModel, {
    table: "endpoint",

    async insert(manager, values) {
      const { columns, secrets, allowedTenants } = parseValues(values);
      const { identifiers } = await manager.insert(EndpointEntity, { mode: "undefined", ...columns });
      const { id } = z.object({ id: z.number() }).parse(identifiers[0]);
      const sealed = sealAll(seal, id, secrets);
      if (Object.keys(sealed).length > 0) await manager.update(EndpointEntity, { id }, sealed);
      if (allowedTenants !== undefined) await replaceLinks(manager, tenants, { id, ids: allowedTenants });
      return id;
    },

    async update(manager, id, values) {
      const { columns, secrets, allowedTenants } = parseValues(values);
      const sealed = sealAll(seal, id, secrets);
      await manager.update(EndpointEntity, { id }, { ...columns, ...sealed, lastUpdated: movedOn });
      if (allowedTenants !== undefined) await replaceLinks(manager, tenants, { id, ids: allowedTenants });
      return { secretsChanged: Object.keys(sealed).length > 0 };
    },
  });
}

/** ETags are made of it, so it has to move even where the clock does not. */
const movedOn = (): string => "greatest(clock_timestamp(), last_updated + interval '1 microsecond')";

const tenants = { table: "endpoint_allowed_tenant", own: "endpoint_id", other: "tenant_id" };

const relationsSchema = z.object({
  ipAddress: z.number().nullable().exactOptional(),
  site: z.number().nullable().exactOptional(),
  tenant: z.number().nullable().exactOptional(),
  allowedTenants: z.array(z.number()).exactOptional(),
});

const columnsSchema = z.object({
  name: z.string().nullable().exactOptional(),
  domain: z.string().nullable().exactOptional(),
  port: z.number().exactOptional(),
  mode: z.enum(["undefined", "standalone", "cluster"]).exactOptional(),
  environment: z.string().nullable().exactOptional(),
  version: z.string().nullable().exactOptional(),
  repoid: z.string().nullable().exactOptional(),
  username: z.string().exactOptional(),
  tokenName: z.string().exactOptional(),
  verifySsl: z.boolean().exactOptional(),
  tlsCa: z.string().nullable().exactOptional(),
  tlsFingerprint: z.string().nullable().exactOptional(),
  enabled: z.boolean().exactOptional(),
  timeout: z.number().nullable().exactOptional(),
  maxRetries: z.number().nullable().exactOptional(),
  retryBackoff: z.string().nullable().exactOptional(),
});

const secretsSchema = z.object({
  password: z.string().nullable().exactOptional(),
  tokenValue: z.string().nullable().exactOptional(),
});

/** Splits what is stored as it is from what is sealed; absent values stay absent. */
function parseValues(values: WrittenValues) {
  const { ipAddress, site, tenant, allowedTenants } = relationsSchema.parse(values);
  const columns = {
    ...columnsSchema.parse(values),
    ...(ipAddress === undefined ? {} : { ipAddressId: ipAddress }),
    ...(site === undefined ? {} : { siteId: site }),
    ...(tenant === undefined ? {} : { tenantId: tenant }),
  };
  return { columns, secrets: secretsSchema.parse(values), allowedTenants };
}

/** An empty secret is none. */
function sealAll(seal: Seal, id: number, { password, tokenValue }: z.infer<typeof secretsSchema>) {
  return {
    ...(password === undefined
      ? {}
      : { passwordSealed: password ? seal(password, endpointSecretAad(id, "password")) : null }),
    ...(tokenValue === undefined
      ? {}
      : { tokenValueSealed: tokenValue ? seal(tokenValue, endpointSecretAad(id, "token_value")) : null }),
  };
}
