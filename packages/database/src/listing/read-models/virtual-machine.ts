import type { ReadField, ReadModel } from "../read-model.ts";
import { columns, commonFields, nothing } from "./columns.ts";
import { countOf, namedReference } from "./dcim.ts";
import { clusterReference } from "./proxmox-cluster.ts";

export const virtualMachineReadModel: ReadModel = {
  table: "virtual_machine vm",
  id: "vm.id",
  joins: {
    vc: { sql: "left join virtualization_cluster vc on vc.id = vm.cluster_id" },
    s: { sql: "left join site s on s.id = vm.site_id" },
    t: { sql: "left join tenant t on t.id = vm.tenant_id" },
    r: { sql: "left join device_role r on r.id = vm.role_id" },
    d: { sql: "left join device d on d.id = vm.device_id" },
  },
  fields: {
    ...commonFields("vm", "virtualization.virtualmachine"),
    ...columns("vm", "text", {
      name: "name",
      status: "status",
      startOnBoot: "start_on_boot",
      description: "description",
      serial: "serial",
      comments: "comments",
    }),
    ...columns("vm", "integer", { memory: "memory", disk: "disk" }),
    ...columns("vm", "numeric", { vcpus: "vcpus" }),
    cluster: { sql: "vm.cluster_id", type: "integer", refersTo: clusterReference },
    clusterName: { sql: "vc.name", type: "text", joins: ["vc"], read: false },
    clusterType: { sql: "vc.type_id", type: "integer", joins: ["vc"], read: false },
    site: { sql: "vm.site_id", type: "integer", refersTo: namedReference("s") },
    siteSlug: { sql: "s.slug", type: "text", joins: ["s"], read: false },
    tenant: { sql: "vm.tenant_id", type: "integer", refersTo: namedReference("t") },
    tenantSlug: { sql: "t.slug", type: "text", joins: ["t"], read: false },
    role: { sql: "vm.role_id", type: "integer", refersTo: namedReference("r") },
    roleSlug: { sql: "r.slug", type: "text", joins: ["r"], read: false },
    device: {
      sql: "vm.device_id",
      type: "integer",
      refersTo: {
        joins: ["d"],
        columns: { id: "d.id", name: "d.name", description: "d.description" },
        orderBy: ["d.name", "d.id"],
      },
    },
    deviceName: { sql: "d.name", type: "text", joins: ["d"], read: false },
    interfaceCount: { sql: "0", type: "integer" },
    virtualDiskCount: { sql: "0", type: "integer" },
    hasPrimaryIp: { sql: "false", type: "boolean", read: false },
    relation: nothing,
  },
  search: ["vm.name ilike $q", "vm.description ilike $q", "vm.comments ilike $q", "vm.serial ilike $q"],
  defaultOrder: [{ field: "name" }],
};

export const virtualizationClusterReadModel: ReadModel = {
  table: "virtualization_cluster vc",
  id: "vc.id",
  joins: {
    ct: { sql: "left join cluster_type ct on ct.id = vc.type_id" },
    t: { sql: "left join tenant t on t.id = vc.tenant_id" },
  },
  fields: {
    ...commonFields("vc", "virtualization.cluster"),
    ...columns("vc", "text", {
      name: "name",
      status: "status",
      description: "description",
      comments: "comments",
    }),
    type: { sql: "vc.type_id", type: "integer", refersTo: namedReference("ct") },
    typeSlug: { sql: "ct.slug", type: "text", joins: ["ct"], read: false },
    tenant: { sql: "vc.tenant_id", type: "integer", refersTo: namedReference("t") },
    tenantSlug: { sql: "t.slug", type: "text", joins: ["t"], read: false },
    virtualmachineCount: countOf("virtual_machine", "cluster_id", "vc.id"),
    allocatedVcpus: allocated("vcpus", "numeric"),
    allocatedMemory: allocated("memory", "double precision"),
    allocatedDisk: allocated("disk", "double precision"),
  },
  search: ["vc.name ilike $q", "vc.description ilike $q", "vc.comments ilike $q"],
  defaultOrder: [{ field: "name" }],
};

/** What the machines of a cluster have together; null where none has any. */
function allocated(column: string, type: "numeric" | "double precision"): ReadField {
  const sum = `(select sum(own.${column})::${type} from virtual_machine own where own.cluster_id = vc.id)`;
  return { sql: sum, type };
}
