import { replicationStateReasonSql, replicationStateSql } from "../../replication-state.ts";
import type { ReadModel } from "../read-model.ts";
import { columns, commonFields } from "./columns.ts";

const stateJoins = ["vm", "n", "obs", "rt"];

export const replicationReadModel: ReadModel = {
  table: "replication r",
  id: "r.id",
  joins: {
    e: { sql: "left join endpoint e on e.id = r.endpoint_id" },
    vm: { sql: "left join virtual_machine vm on vm.id = r.virtual_machine_id" },
    n: { sql: "left join proxmox_node n on n.id = vm.node_id", after: ["vm"] },
    obs: { sql: "left join node_observation obs on obs.node_id = vm.node_id", after: ["vm"] },
    rt: { sql: "left join replication_runtime rt on rt.replication_id = r.id" },
    target: { sql: "left join proxmox_node target on target.id = r.proxmox_node_id" },
    te: { sql: "left join endpoint te on te.id = target.endpoint_id", after: ["target"] },
  },
  fields: {
    ...commonFields("r", "netbox_proxbox.replication"),
    ...columns("r", "integer", { guest: "guest", jobnum: "jobnum" }),
    ...columns("r", "double precision", { rate: "rate" }),
    ...columns("r", "boolean", { disable: "disable" }),
    ...columns("r", "jsonb", { rawConfig: "raw_config" }),
    ...columns("r", "text", {
      replicationId: "replication_id",
      target: "target",
      jobType: "job_type",
      schedule: "schedule",
      comment: "comment",
      source: "source",
      removeJob: "remove_job",
      status: "status",
    }),
    endpoint: {
      sql: "r.endpoint_id",
      type: "integer",
      refersTo: {
        joins: ["e"],
        columns: { id: "e.id", name: "e.name", domain: "e.domain" },
        orderBy: ["e.name", "e.id"],
      },
    },
    virtualMachine: {
      sql: "r.virtual_machine_id",
      type: "integer",
      refersTo: { joins: ["vm"], columns: { id: "vm.id", name: "vm.name" }, orderBy: ["vm.name", "vm.id"] },
    },
    proxmoxNode: {
      sql: "r.proxmox_node_id",
      type: "integer",
      refersTo: {
        joins: ["target", "te"],
        columns: {
          id: "target.id",
          name: "target.name",
          nodeId: "target.node_id",
          online: "target.online",
          endpointId: "te.id",
          endpointName: "te.name",
          endpointDomain: "te.domain",
        },
        orderBy: ["te.name", "te.id", "target.name"],
      },
    },
    state: { sql: `(${replicationStateSql})`, type: "text", joins: stateJoins },
    stateReason: { sql: `(${replicationStateReasonSql})`, type: "text", joins: stateJoins },
    lastSync: { sql: "rt.last_sync", type: "timestamptz", joins: ["rt"] },
    lastTry: { sql: "rt.last_try", type: "timestamptz", joins: ["rt"] },
    nextSync: { sql: "rt.next_sync", type: "timestamptz", joins: ["rt"] },
    duration: { sql: "rt.duration", type: "double precision", joins: ["rt"] },
    failCount: { sql: "rt.fail_count", type: "integer", joins: ["rt"] },
    error: { sql: "rt.error", type: "text", joins: ["rt"] },
  },
  search: [
    "r.replication_id ilike $q",
    "r.target ilike $q",
    "r.comment ilike $q",
    "r.source ilike $q",
    // A subquery, not a join: the guests are searched once.
    `r.virtual_machine_id in (select found.id from virtual_machine found where found.name ilike $q)`,
  ],
  defaultOrder: [{ field: "endpoint" }, { field: "replicationId" }],
  walk: { table: "endpoint g", id: "g.id", orderBy: ["g.name", "g.id"] },
};
