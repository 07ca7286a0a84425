import type { ReplicationState } from "@proxbox/domain";
import {
  boolean,
  changeLogFilters,
  choice,
  customFields,
  defineResource,
  float,
  instant,
  integer,
  json,
  multipleChoiceFilter,
  reference,
  type Row,
  text,
  tags,
} from "@proxbox/netbox-api";
import { nestedEndpoint, nestedNode, nestedVirtualMachine } from "./nested-forms.ts";
import { writtenBySync } from "./written-by-sync.ts";

const states = {
  removing: "Removing",
  stale: "Stale",
  orphaned: "Orphaned",
  disabled: "Disabled",
  unknown: "Unknown",
  failing: "Failing",
  syncing: "Syncing",
  "never-synced": "Never synced",
  overdue: "Overdue",
  ok: "OK",
} satisfies Record<ReplicationState, string>;

/** Proxmox storage replication jobs (contract section 5.6); what follows `last_updated` is ours. */
export const replications = defineResource({
  path: "plugins/proxbox/replications",
  model: "Replication",
  objectType: "netbox_proxbox.replication",
  display: (row) => `${guestName(row)} - ${String(row["replicationId"])}`,
  fields: {
    endpoint: reference(nestedEndpoint, { write: "optional", nullable: true }),
    replication_id: text({ write: "required", maxLength: 255 }),
    virtual_machine: reference(nestedVirtualMachine, { write: "required" }),
    proxmox_node: reference(nestedNode, { write: "optional", nullable: true }),
    guest: integer({ write: "required", minimum: 0 }),
    target: text({ write: "required", maxLength: 255 }),
    job_type: choice({ local: "Local" }, { write: "optional" }),
    schedule: text({ write: "optional", blank: true, maxLength: 128 }),
    rate: float({ write: "optional", nullable: true }),
    comment: text({ write: "optional", nullable: true, blank: true }),
    disable: boolean({ write: "optional" }),
    source: text({ write: "optional", nullable: true, blank: true, maxLength: 255 }),
    jobnum: integer({ write: "required", minimum: 0 }),
    remove_job: choice({ local: "Local", full: "Full" }, { write: "optional", nullable: true }),
    status: choice({ active: "Active", stale: "Stale" }, { write: "optional" }),
    raw_config: json({ write: "optional" }),
    tags: tags(),
    custom_fields: customFields(),
    created: instant(),
    last_updated: instant(),
    state: choice(states, { filter: multipleChoiceFilter(Object.keys(states)) }),
    state_reason: text(),
    last_sync: instant(),
    last_try: instant(),
    next_sync: instant(),
    duration: float(),
    fail_count: integer(),
    error: text(),
  },
  brief: ["id", "url", "display", "replication_id", "virtual_machine", "target", "status"],
  filters: [
    "guest",
    "jobnum",
    "replication_id",
    "target",
    "schedule",
    "source",
    "endpoint",
    "virtual_machine",
    "proxmox_node",
    "job_type",
    "remove_job",
    "status",
    "disable",
    "state",
  ],
  moreFilters: changeLogFilters,
  moreOrders: { custom_field_data: "customFieldData" },
  methods: ["POST", "PUT", "PATCH", "DELETE"],
  help: writtenBySync([
    "proxmox_node",
    "guest",
    "target",
    "job_type",
    "schedule",
    "rate",
    "comment",
    "disable",
    "source",
    "jobnum",
    "remove_job",
    "status",
    "raw_config",
  ]),
  unique: {
    replication_one_per_id: "Replication with this Proxmox endpoint and Replication id already exists.",
  },
});

/** A replication whose guest cannot be resolved is named by the guest's number (rule R3). */
function guestName(row: Row): string {
  const guest = row["virtualMachine"];
  const isNamed = typeof guest === "object" && guest !== null && "name" in guest;
  return String(isNamed ? guest.name : row["guest"]);
}
