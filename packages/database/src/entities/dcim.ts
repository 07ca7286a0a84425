import { Column, Entity, Index, JoinColumn, ManyToOne, Unique } from "typeorm";
import type { JsonObject } from "@proxbox/domain";
import { CustomFieldData, Id, Text, WrittenAt } from "./columns.ts";
import { TenantEntity } from "./tenant.ts";

/** A place. */
@Entity("site")
@Unique("site_one_per_name", ["name"])
@Unique("site_one_per_slug", ["slug"])
export class SiteEntity {
  @Id() id!: number;
  @Text("name") name!: string;
  @Text("slug") slug!: string;
  @Text("status", { default: "active" }) status!: string;
  @Column("integer", { name: "tenant_id", nullable: true }) tenantId!: number | null;
  @ManyToOne(() => TenantEntity, { onDelete: "NO ACTION", nullable: true })
  @JoinColumn({ name: "tenant_id" })
  tenant!: unknown;
  @Text("facility", { default: "" }) facility!: string;
  @Text("description", { default: "" }) description!: string;
  @Text("physical_address", { default: "" }) physicalAddress!: string;
  @Text("shipping_address", { default: "" }) shippingAddress!: string;
  @Text("comments", { default: "" }) comments!: string;
  @CustomFieldData() customFieldData!: JsonObject;
  @WrittenAt("created") created!: string;
  @WrittenAt("last_updated") lastUpdated!: string;
}

@Entity("manufacturer")
@Unique("manufacturer_one_per_name", ["name"])
@Unique("manufacturer_one_per_slug", ["slug"])
export class ManufacturerEntity {
  @Id() id!: number;
  @Text("name") name!: string;
  @Text("slug") slug!: string;
  @Text("description", { default: "" }) description!: string;
  @Text("comments", { default: "" }) comments!: string;
  @CustomFieldData() customFieldData!: JsonObject;
  @WrittenAt("created") created!: string;
  @WrittenAt("last_updated") lastUpdated!: string;
}

@Entity("device_type")
@Unique("device_type_one_per_model", ["manufacturerId", "model"])
@Unique("device_type_one_per_slug", ["manufacturerId", "slug"])
export class DeviceTypeEntity {
  @Id() id!: number;
  @Column("integer", { name: "manufacturer_id" }) manufacturerId!: number;
  @ManyToOne(() => ManufacturerEntity, { onDelete: "NO ACTION" })
  @JoinColumn({ name: "manufacturer_id" })
  manufacturer!: unknown;
  @Text("model") model!: string;
  @Text("slug") slug!: string;
  @Text("part_number", { default: "" }) partNumber!: string;
  @Column("numeric", { name: "u_height", precision: 4, scale: 1, default: 1 }) uHeight!: string;
  @Column("boolean", { name: "is_full_depth", default: true }) isFullDepth!: boolean;
  @Text("description", { default: "" }) description!: string;
  @Text("comments", { default: "" }) comments!: string;
  @CustomFieldData() customFieldData!: JsonObject;
  @WrittenAt("created") created!: string;
  @WrittenAt("last_updated") lastUpdated!: string;
}

/** What a device, or a virtual machine, is there for. */
@Entity("device_role")
@Unique("device_role_one_per_name", ["name"])
@Unique("device_role_one_per_slug", ["slug"])
export class DeviceRoleEntity {
  @Id() id!: number;
  @Text("name") name!: string;
  @Text("slug") slug!: string;
  @Text("color", { default: "9e9e9e" }) color!: string;
  @Column("boolean", { name: "vm_role", default: true }) vmRole!: boolean;
  @Text("description", { default: "" }) description!: string;
  @Text("comments", { default: "" }) comments!: string;
  @CustomFieldData() customFieldData!: JsonObject;
  @WrittenAt("created") created!: string;
  @WrittenAt("last_updated") lastUpdated!: string;
}

@Entity("device")
@Index("device_by_site", ["siteId"])
@Index("device_default_order", ["name", "id"])
export class DeviceEntity {
  @Id() id!: number;
  @Column({ type: "text", name: "name", collation: "natural_order", nullable: true }) name!: string | null;
  @Column("integer", { name: "device_type_id" }) deviceTypeId!: number;
  @ManyToOne(() => DeviceTypeEntity, { onDelete: "NO ACTION" })
  @JoinColumn({ name: "device_type_id" })
  deviceType!: unknown;
  @Column("integer", { name: "role_id" }) roleId!: number;
  @ManyToOne(() => DeviceRoleEntity, { onDelete: "NO ACTION" })
  @JoinColumn({ name: "role_id" })
  role!: unknown;
  @Column("integer", { name: "tenant_id", nullable: true }) tenantId!: number | null;
  @ManyToOne(() => TenantEntity, { onDelete: "NO ACTION", nullable: true })
  @JoinColumn({ name: "tenant_id" })
  tenant!: unknown;
  @Column("integer", { name: "site_id" }) siteId!: number;
  @ManyToOne(() => SiteEntity, { onDelete: "NO ACTION" })
  @JoinColumn({ name: "site_id" })
  site!: unknown;
  @Text("status", { default: "active" }) status!: string;
  @Text("serial", { default: "" }) serial!: string;
  @Text("description", { default: "" }) description!: string;
  @Text("comments", { default: "" }) comments!: string;
  @CustomFieldData() customFieldData!: JsonObject;
  @WrittenAt("created") created!: string;
  @WrittenAt("last_updated") lastUpdated!: string;
}
