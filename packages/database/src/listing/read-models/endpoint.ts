import type { ReadModel } from "../read-model.ts";
import { columns, commonFields } from "./columns.ts";
import { namedReference } from "./dcim.ts";

const allowedTenants = `from endpoint_allowed_tenant allowed join tenant own on own.id = allowed.tenant_id
  where allowed.endpoint_id = e.id`;

/** Sealed secrets are not among the fields: no list query can reach them (rule R12). */
export const endpointReadModel: ReadModel = {
  table: "endpoint e",
  id: "e.id",
  joins: {
    seen: { sql: "left join endpoint_observation seen on seen.endpoint_id = e.id" },
    ip: { sql: "left join ip_address ip on ip.id = e.ip_address_id" },
    s: { sql: "left join site s on s.id = e.site_id" },
    t: { sql: "left join tenant t on t.id = e.tenant_id" },
  },
  fields: {
    ...commonFields("e", "netbox_proxbox.proxmoxendpoint"),
    ...columns("e", "text", {
      name: "name",
      domain: "domain",
      mode: "mode",
      environment: "environment",
      version: "version",
      repoid: "repoid",
      username: "username",
      tokenName: "token_name",
      tlsCa: "tls_ca",
      tlsFingerprint: "tls_fingerprint",
    }),
    ...columns("e", "integer", { port: "port", timeout: "timeout", maxRetries: "max_retries" }),
    ...columns("e", "numeric", { retryBackoff: "retry_backoff" }),
    ...columns("e", "boolean", { enabled: "enabled" }),
    // NetBox's default is false; here an endpoint is verified unless somebody chose not to.
    verifySsl: { sql: "coalesce(e.verify_ssl, false)", type: "boolean" },
    tlsVerification: {
      // The order in which the sync worker looks at them.
      sql: `case when e.tls_fingerprint <> '' then 'fingerprint' when e.tls_ca <> '' then 'custom-ca'
        when e.verify_ssl is false then 'insecure' else 'system-ca' end`,
      type: "text",
    },
    ipAddress: {
      sql: "e.ip_address_id",
      type: "integer",
      refersTo: {
        joins: ["ip"],
        columns: {
          id: "ip.id",
          address: "host(ip.address) || '/' || masklen(ip.address)",
          family: "family(ip.address)",
        },
        orderBy: ["ip.address", "ip.id"],
      },
    },
    site: { sql: "e.site_id", type: "integer", refersTo: namedReference("s") },
    tenant: { sql: "e.tenant_id", type: "integer", refersTo: namedReference("t") },
    allowedTenants: {
      sql: `(select jsonb_agg(jsonb_build_object('id', own.id, 'name', own.name, 'slug', own.slug) order by own.name)
        ${allowedTenants})`,
      type: "jsonb",
    },
    allowedTenantId: { sql: `select own.id ${allowedTenants}`, type: "integer", many: true },
    allowedTenantSlug: { sql: `select own.slug ${allowedTenants}`, type: "text", many: true },
    connection: {
      sql: "seen.endpoint_id",
      type: "integer",
      refersTo: {
        joins: ["seen"],
        columns: {
          id: "seen.endpoint_id",
          observedAt: "seen.observed_at",
          answeredAt: "seen.answered_at",
          errorCode: "seen.failure_code",
          error: "seen.failure_message",
          coverage: "seen.coverage",
        },
        orderBy: ["seen.observed_at"],
      },
    },
  },
  search: ["e.name ilike $q", "e.domain ilike $q"],
  defaultOrder: [{ field: "name" }],
};
