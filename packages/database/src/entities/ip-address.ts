import { Column, Entity, Index, JoinColumn, ManyToOne } from "typeorm";
import type { JsonObject } from "@proxbox/domain";
import { CustomFieldData, Id, Text, WrittenAt } from "./columns.ts";
import { TenantEntity } from "./tenant.ts";

@Entity("ip_address")
@Index("ip_address_default_order", ["address", "id"])
export class IpAddressEntity {
  @Id() id!: number;
  /** With the length of its network's prefix. */
  @Column("inet", { name: "address" }) address!: string;
  @Column("integer", { name: "tenant_id", nullable: true }) tenantId!: number | null;
  @ManyToOne(() => TenantEntity, { onDelete: "NO ACTION", nullable: true })
  @JoinColumn({ name: "tenant_id" })
  tenant!: unknown;
  @Text("status", { default: "active" }) status!: string;
  @Text("role", { nullable: true }) role!: string | null;
  @Text("dns_name", { default: "" }) dnsName!: string;
  @Text("description", { default: "" }) description!: string;
  @Text("comments", { default: "" }) comments!: string;
  @CustomFieldData() customFieldData!: JsonObject;
  @WrittenAt("created") created!: string;
  @WrittenAt("last_updated") lastUpdated!: string;
}
