import type { ReadModel } from "../read-model.ts";
import { columns, commonFields, nothing } from "./columns.ts";

/** Sealed secrets are not among the fields: no list query can reach them (rule R12). */
export const endpointReadModel: ReadModel = {
  table: "endpoint e",
  id: "e.id",
  joins: { seen: { sql: "left join endpoint_observation seen on seen.endpoint_id = e.id" } },
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
    ipAddress: nothing,
    site: nothing,
    tenant: nothing,
    allowedTenants: nothing,
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
