import type { Flavour } from "./flavours.ts";

/** The role of partial views: PVEAuditor without VM.Audit. */
export const ROLE_WITHOUT_VM_AUDIT = "AuditorWithoutGuests";

/** The roles that matter here, with the privileges of that release. */
export function buildRoles(flavour: Flavour): Map<string, readonly string[]> {
  const major = Number.parseInt(flavour, 10);
  const auditGuests = ["VM.Audit"];
  const auditRest = ["Datastore.Audit", "Pool.Audit", "SDN.Audit", "Sys.Audit"];
  if (major >= 8) auditRest.push("Mapping.Audit");
  if (major >= 9) auditGuests.push("VM.GuestAgent.Audit");
  const manage = [
    "Datastore.Allocate",
    "Datastore.AllocateSpace",
    "Pool.Allocate",
    "Sys.Modify",
    "VM.Allocate",
    "VM.Config.Disk",
    "VM.Migrate",
    "VM.PowerMgmt",
  ];
  if (major >= 9) manage.push("VM.Replicate");
  return new Map([
    ["Administrator", [...auditRest, ...auditGuests, ...manage, "Permissions.Modify", "User.Modify"]],
    ["PVEAdmin", [...auditRest, ...auditGuests, ...manage]],
    ["PVEAuditor", [...auditRest, ...auditGuests]],
    ["PVEDatastoreUser", ["Datastore.AllocateSpace", "Datastore.Audit"]],
    [ROLE_WITHOUT_VM_AUDIT, auditRest],
    ["NoAccess", []],
  ]);
}
