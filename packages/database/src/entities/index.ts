import { ClusterTypeEntity } from "./cluster-type.ts";
import { CustomFieldChoiceSetEntity, CustomFieldEntity, CustomFieldVersionEntity } from "./custom-field.ts";
import { DeviceEntity, DeviceRoleEntity, DeviceTypeEntity, ManufacturerEntity, SiteEntity } from "./dcim.ts";
import {
  EndpointAllowedTenantEntity,
  EndpointEntity,
  EndpointObservationEntity,
  HeldPlanEntity,
} from "./endpoint.ts";
import { IpAddressEntity } from "./ip-address.ts";
import { EndpointLeaseEntity, JobEntity, JobRunEntity, ScheduleEntity } from "./job.ts";
import { ObjectChangeEntity } from "./object-change.ts";
import {
  GroupEntity,
  PermissionEntity,
  PermissionGroupEntity,
  PermissionUserEntity,
  UserGroupEntity,
} from "./permission.ts";
import { NodeEntity, NodeObservationEntity, ProxmoxClusterEntity } from "./proxmox-cluster.ts";
import { ReplicationEntity, ReplicationRuntimeEntity } from "./replication.ts";
import { StorageEntity } from "./storage.ts";
import { TagEntity, TaggedItemEntity } from "./tag.ts";
import { TenantEntity } from "./tenant.ts";
import { TokenEntity, UserEntity } from "./user.ts";
import { VirtualizationClusterEntity, VirtualMachineEntity } from "./virtualization.ts";

/** Every entity, in an explicit list: a forgotten one fails the test that compares entities and migrations. */
export const entities = [
  EndpointEntity,
  EndpointObservationEntity,
  HeldPlanEntity,
  VirtualizationClusterEntity,
  ProxmoxClusterEntity,
  NodeEntity,
  NodeObservationEntity,
  StorageEntity,
  VirtualMachineEntity,
  ReplicationEntity,
  ReplicationRuntimeEntity,
  UserEntity,
  TokenEntity,
  GroupEntity,
  PermissionEntity,
  UserGroupEntity,
  PermissionUserEntity,
  PermissionGroupEntity,
  ScheduleEntity,
  JobEntity,
  JobRunEntity,
  EndpointLeaseEntity,
  ObjectChangeEntity,
  TagEntity,
  TaggedItemEntity,
  CustomFieldChoiceSetEntity,
  CustomFieldEntity,
  CustomFieldVersionEntity,
  TenantEntity,
  SiteEntity,
  ManufacturerEntity,
  DeviceTypeEntity,
  DeviceRoleEntity,
  DeviceEntity,
  IpAddressEntity,
  ClusterTypeEntity,
  EndpointAllowedTenantEntity,
];
