import {
  boolean,
  changeLogFilters,
  choice,
  computed,
  customFields,
  decimal,
  defineResource,
  instant,
  instantToWire,
  integer,
  multipleReferenceFilter,
  reference,
  referenceList,
  type Row,
  secret,
  text,
  type Values,
  tags,
} from "@proxbox/netbox-api";
import { isHost } from "../host.ts";
import { nestedIpAddress, nestedSite, nestedTenant } from "./nested-forms.ts";

/** Proxmox API addresses (contract section 5.7); what follows `last_updated` is ours. */
export const endpoints = defineResource({
  path: "plugins/proxbox/endpoints/proxmox",
  model: "ProxmoxEndpoint",
  objectType: "netbox_proxbox.proxmoxendpoint",
  display: ({ name, domain, ipAddress }) => {
    const ownName = typeof name === "string" && name !== "" ? name : "Proxmox endpoint";
    if (typeof ipAddress === "object" && ipAddress !== null && "address" in ipAddress) {
      return `${ownName} (${String(ipAddress.address).replace(/\/.*/, "")})`;
    }
    return typeof domain === "string" && domain !== "" ? `${ownName} (${domain})` : ownName;
  },
  fields: {
    name: text({ write: "optional", nullable: true, blank: true, maxLength: 255 }),
    ip_address: reference(nestedIpAddress, { write: "optional", nullable: true }),
    domain: text({
      write: "optional",
      nullable: true,
      blank: true,
      maxLength: 253,
      rule: { test: isHost, message: (host) => `${host} is not a valid domain name` },
    }),
    port: integer({ write: "optional", minimum: 1, maximum: 65_535 }),
    mode: choice(
      { undefined: "Undefined", standalone: "Standalone", cluster: "Cluster" },
      { write: "required" },
    ),
    environment: choice(
      {
        production: "Production",
        staging: "Staging",
        development: "Development",
        homologation: "Homologation",
        testing: "Testing",
        lab: "Lab",
      },
      { write: "optional", nullable: true },
    ),
    version: text({ write: "optional", nullable: true, blank: true, maxLength: 20 }),
    repoid: text({ write: "optional", nullable: true, blank: true, maxLength: 16 }),
    username: text({ write: "optional", maxLength: 255 }),
    password: secret({ write: "optional", nullable: true, blank: true }),
    token_name: text({ write: "optional", blank: true, maxLength: 255 }),
    token_value: secret({ write: "optional", blank: true }),
    verify_ssl: boolean({ write: "optional" }),
    enabled: boolean({ write: "optional" }),
    timeout: integer({ write: "optional", nullable: true, minimum: 0 }),
    max_retries: integer({ write: "optional", nullable: true, minimum: 0, maximum: 32_767 }),
    retry_backoff: decimal({ write: "optional", nullable: true, digits: 5, places: 2 }),
    site: reference(nestedSite, { write: "optional", nullable: true }),
    tenant: reference(nestedTenant, { write: "optional", nullable: true }),
    allowed_tenants: referenceList(nestedTenant, { write: "optional", byAttributes: true }),
    tags: tags(),
    custom_fields: customFields(),
    created: instant(),
    last_updated: instant(),
    tls_ca: text({ write: "optional", nullable: true, blank: true }),
    tls_fingerprint: text({
      write: "optional",
      nullable: true,
      blank: true,
      rule: {
        test: isFingerprint,
        message: () => "Enter the 32 bytes of a SHA-256 fingerprint in hexadecimal.",
      },
    }),
    tls_verification: text(),
    connection: computed((row) => connectionToWire(row["connection"])),
  },
  brief: ["id", "url", "display", "name", "domain", "port"],
  filters: ["name", "domain", "ip_address", "site", "tenant", "mode", "environment", "enabled"],
  moreFilters: {
    ...changeLogFilters,
    allowed_tenants: {
      field: "allowedTenantSlug",
      filter: multipleReferenceFilter({ path: nestedTenant.path, by: "slug" }),
    },
    allowed_tenants_id: {
      field: "allowedTenantId",
      filter: multipleReferenceFilter({ path: nestedTenant.path, by: "id" }),
    },
  },
  moreOrders: { custom_field_data: "customFieldData" },
  methods: ["POST", "PUT", "PATCH", "DELETE"],
  check: requireAddress,
  unique: {
    endpoint_one_per_name_and_address:
      "Proxmox endpoint with this Name, IP address and Domain already exists.",
    endpoint_one_per_cluster: "Another enabled Proxmox endpoint leads to the same Proxmox cluster.",
  },
});

/** Domain or IP address: the same message stands under both keys (contract section 5.7). */
function requireAddress(values: Values): Record<string, string[]> | null {
  if (values["domain"] || values["ipAddress"]) return null;
  const messages = ["Provide either a domain or an IP address."];
  return { domain: messages, ip_address: messages };
}

function isFingerprint(value: string): boolean {
  return /^[0-9a-f]{64}$/i.test(value.replaceAll(":", ""));
}

/** What the last contact was like; null when there was none yet. */
function connectionToWire(value: unknown): Record<string, unknown> | null {
  if (typeof value !== "object" || value === null) return null;
  const seen: Partial<Row> = { ...value };
  const instantOrNull = (text: unknown): string | null =>
    typeof text === "string" ? instantToWire(text) : null;
  return {
    observed_at: instantOrNull(seen["observedAt"]),
    answered_at: instantOrNull(seen["answeredAt"]),
    error_code: seen["errorCode"] ?? null,
    error: seen["error"] ?? null,
    coverage: seen["coverage"] ?? {},
  };
}
