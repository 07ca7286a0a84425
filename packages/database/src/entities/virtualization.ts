import { Check, Column, Entity, Index, JoinColumn, ManyToOne, Unique } from "typeorm";
import type { JsonObject } from "@proxbox/domain";
import { CustomFieldData, Id, Instant, Json, Text, WrittenAt } from "./columns.ts";
import { ClusterTypeEntity } from "./cluster-type.ts";
import { DeviceEntity, DeviceRoleEntity, SiteEntity } from "./dcim.ts";
import { EndpointEntity } from "./endpoint.ts";
import { NodeEntity } from "./proxmox-cluster.ts";
import { TenantEntity } from "./tenant.ts";

/** NetBox's virtualization cluster: one per Proxmox cluster, or per stand-alone node. */
@Entity("virtualization_cluster")
@Index("virtualization_cluster_one_per_endpoint", ["endpointId"], { unique: true })
export class VirtualizationClusterEntity {
  @Id() id!: number;
  @Column("integer", { name: "endpoint_id", nullable: true }) endpointId!: number | null;
  @ManyToOne(() => EndpointEntity, { onDelete: "CASCADE", nullable: true })
  @JoinColumn({ name: "endpoint_id" })
  endpoint!: unknown;
  @Column({ type: "text", name: "name", collation: "natural_order" }) name!: string;
  @Column("integer", { name: "type_id", nullable: true }) typeId!: number | null;
  @ManyToOne(() => ClusterTypeEntity, { onDelete: "NO ACTION", nullable: true })
  @JoinColumn({ name: "type_id" })
  type!: unknown;
  @Text("status", { default: "active" }) status!: string;
  @Column("integer", { name: "tenant_id", nullable: true }) tenantId!: number | null;
  @ManyToOne(() => TenantEntity, { onDelete: "NO ACTION", nullable: true })
  @JoinColumn({ name: "tenant_id" })
  tenant!: unknown;
  @Text("description", { default: "" }) description!: string;
  @Text("comments", { default: "" }) comments!: string;
  @CustomFieldData() customFieldData!: JsonObject;
  @WrittenAt("created") created!: string;
  @WrittenAt("last_updated") lastUpdated!: string;
}

/** A guest (qemu or lxc) in NetBox's shape. Columns not on NetBox's wire: endpoint, vmid, guest type, node. */
@Entity("virtual_machine")
@Unique("virtual_machine_one_per_vmid", ["endpointId", "vmid"])
@Unique("virtual_machine_name_in_cluster", ["nameKey"], { deferrable: "INITIALLY IMMEDIATE" })
@Unique("virtual_machine_name_in_cluster_and_tenant", ["tenantNameKey"], {
  deferrable: "INITIALLY IMMEDIATE",
})
@Check("virtual_machine_vmid_with_endpoint", "(endpoint_id is null) = (vmid is null)")
@Check("virtual_machine_stale_with_proof", "(stale_at is null) = (stale_proof is null)")
@Index("virtual_machine_default_order", ["name", "id"])
@Index("virtual_machine_by_cluster", ["clusterId"])
@Index("virtual_machine_by_node", ["nodeId"])
export class VirtualMachineEntity {
  @Id() id!: number;
  @Column("integer", { name: "endpoint_id", nullable: true }) endpointId!: number | null;
  @ManyToOne(() => EndpointEntity, { onDelete: "CASCADE", nullable: true })
  @JoinColumn({ name: "endpoint_id" })
  endpoint!: unknown;
  @Column("integer", { name: "vmid", nullable: true }) vmid!: number | null;
  @Text("guest_type", { nullable: true }) guestType!: string | null;
  @Column("boolean", { name: "template", default: false }) template!: boolean;
  /** The node the guest lives on now, by /cluster/resources. */
  @Column("integer", { name: "node_id", nullable: true }) nodeId!: number | null;
  @ManyToOne(() => NodeEntity, { onDelete: "SET NULL", nullable: true })
  @JoinColumn({ name: "node_id" })
  node!: unknown;
  /** Proxmox's own name; `name` may carry the vmid behind it, because NetBox wants it unique. */
  @Text("source_name", { nullable: true }) sourceName!: string | null;
  @Column({ type: "text", name: "name", collation: "natural_order" }) name!: string;
  /**
   * NetBox: unique per cluster, ignoring case, while there is no tenant; checked per statement, so that two guests may
   * swap their names in a sync.
   */
  @Column({
    type: "text",
    name: "name_key",
    nullable: true,
    collation: "C",
    generatedType: "STORED",
    asExpression: "case when tenant_id is null then cluster_id::text || '/' || lower(name) end",
    insert: false,
    update: false,
  })
  nameKey!: string | null;
  /** The same among the machines of one tenant. */
  @Column({
    type: "text",
    name: "tenant_name_key",
    nullable: true,
    collation: "C",
    generatedType: "STORED",
    asExpression: "cluster_id::text || '/' || tenant_id::text || '/' || lower(name)",
    insert: false,
    update: false,
  })
  tenantNameKey!: string | null;
  @Text("status", { default: "active" }) status!: string;
  @Text("start_on_boot", { default: "off" }) startOnBoot!: string;
  @Column("integer", { name: "cluster_id", nullable: true }) clusterId!: number | null;
  @ManyToOne(() => VirtualizationClusterEntity, { onDelete: "NO ACTION", nullable: true })
  @JoinColumn({ name: "cluster_id" })
  cluster!: unknown;
  @Column("integer", { name: "site_id", nullable: true }) siteId!: number | null;
  @ManyToOne(() => SiteEntity, { onDelete: "NO ACTION", nullable: true })
  @JoinColumn({ name: "site_id" })
  site!: unknown;
  @Column("integer", { name: "tenant_id", nullable: true }) tenantId!: number | null;
  @ManyToOne(() => TenantEntity, { onDelete: "NO ACTION", nullable: true })
  @JoinColumn({ name: "tenant_id" })
  tenant!: unknown;
  @Column("integer", { name: "role_id", nullable: true }) roleId!: number | null;
  @ManyToOne(() => DeviceRoleEntity, { onDelete: "NO ACTION", nullable: true })
  @JoinColumn({ name: "role_id" })
  role!: unknown;
  @Column("integer", { name: "device_id", nullable: true }) deviceId!: number | null;
  @ManyToOne(() => DeviceEntity, { onDelete: "NO ACTION", nullable: true })
  @JoinColumn({ name: "device_id" })
  device!: unknown;
  @Column("numeric", { name: "vcpus", precision: 6, scale: 2, nullable: true }) vcpus!: string | null;
  /** MB, like disk. */
  @Column("integer", { name: "memory", nullable: true }) memory!: number | null;
  @Column("integer", { name: "disk", nullable: true }) disk!: number | null;
  @Text("description", { default: "" }) description!: string;
  @Text("serial", { default: "" }) serial!: string;
  @Text("comments", { default: "" }) comments!: string;
  @Instant("stale_at", { nullable: true }) staleAt!: string | null;
  @Json("stale_proof", { nullable: true }) staleProof!: JsonObject | null;
  @CustomFieldData() customFieldData!: JsonObject;
  @WrittenAt("created") created!: string;
  @WrittenAt("last_updated") lastUpdated!: string;
}
