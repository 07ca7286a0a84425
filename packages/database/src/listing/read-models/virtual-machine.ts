import type { ReadModel } from "../read-model.ts";
import { columns, commonFields, nothing } from "./columns.ts";
import { clusterReference } from "./proxmox-cluster.ts";

export const virtualMachineReadModel: ReadModel = {
  table: "virtual_machine vm",
  id: "vm.id",
  joins: { vc: { sql: "left join virtualization_cluster vc on vc.id = vm.cluster_id" } },
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
  joins: {},
  fields: {
    ...commonFields("vc", "virtualization.cluster"),
    ...columns("vc", "text", { name: "name", description: "description" }),
  },
  search: ["vc.name ilike $q"],
  defaultOrder: [{ field: "name" }],
};
