import {
  Check,
  Column,
  Entity,
  Index,
  JoinColumn,
  ManyToOne,
  OneToOne,
  PrimaryColumn,
  Unique,
} from "typeorm";
import type { JsonObject } from "@proxbox/domain";
import { CustomFieldData, Id, Instant, Json, Text, WrittenAt } from "./columns.ts";
import { SiteEntity } from "./dcim.ts";
import { IpAddressEntity } from "./ip-address.ts";
import { TenantEntity } from "./tenant.ts";

/** A Proxmox API address with credentials. Secrets are sealed; nothing here opens them. */
@Entity("endpoint")
@Check("endpoint_port_range", "port between 1 and 65535")
@Check("endpoint_mode_choice", "mode in ('undefined', 'standalone', 'cluster')")
@Index("endpoint_one_per_cluster", ["clusterIdentity"], { unique: true, where: "enabled" })
@Index("endpoint_one_from_environment", ["fromEnvironment"], { unique: true, where: "from_environment" })
@Unique("endpoint_one_per_name_and_address", ["name", "ipAddressId", "domain"])
@Index("endpoint_default_order", ["name", "id"])
export class EndpointEntity {
  @Id() id!: number;
  @Text("name", { nullable: true, default: "Proxmox Endpoint" }) name!: string | null;
  @Text("domain", { nullable: true }) domain!: string | null;
  @Column("integer", { name: "port", default: 8006 }) port!: number;
  @Text("mode") mode!: "undefined" | "standalone" | "cluster";
  @Text("environment", { nullable: true }) environment!: string | null;
  @Text("version", { nullable: true }) version!: string | null;
  @Text("repoid", { nullable: true }) repoid!: string | null;
  @Text("username", { default: "root@pam" }) username!: string;
  @Text("password_sealed", { nullable: true }) passwordSealed!: string | null;
  @Text("token_name", { default: "" }) tokenName!: string;
  @Text("token_value_sealed", { nullable: true }) tokenValueSealed!: string | null;
  /** Null: nobody chose. Reads as false on the wire (NetBox's default), yet certificates are verified. */
  @Column("boolean", { name: "verify_ssl", nullable: true }) verifySsl!: boolean | null;
  @Text("tls_ca", { nullable: true }) tlsCa!: string | null;
  @Text("tls_fingerprint", { nullable: true }) tlsFingerprint!: string | null;
  @Column("boolean", { name: "enabled", default: true }) enabled!: boolean;
  /** Seconds. Null: the service's default, as for the two below. */
  @Column("integer", { name: "timeout", nullable: true }) timeout!: number | null;
  @Column("integer", { name: "max_retries", nullable: true }) maxRetries!: number | null;
  /** Seconds before the first retry. */
  @Column("numeric", { name: "retry_backoff", precision: 5, scale: 2, nullable: true }) retryBackoff!:
    string | null;
  /** SHA-256 fingerprint of the cluster's root certificate, learned by the first sync. */
  @Text("cluster_identity", { nullable: true }) clusterIdentity!: string | null;
  /** The one endpoint that PROXMOX_URL keeps up to date. */
  @Column("boolean", { name: "from_environment", default: false }) fromEnvironment!: boolean;
  @Column("integer", { name: "ip_address_id", nullable: true }) ipAddressId!: number | null;
  @ManyToOne(() => IpAddressEntity, { onDelete: "NO ACTION", nullable: true })
  @JoinColumn({ name: "ip_address_id" })
  ipAddress?: IpAddressEntity | null;
  @Column("integer", { name: "site_id", nullable: true }) siteId!: number | null;
  @ManyToOne(() => SiteEntity, { onDelete: "SET NULL", nullable: true })
  @JoinColumn({ name: "site_id" })
  site!: unknown;
  @Column("integer", { name: "tenant_id", nullable: true }) tenantId!: number | null;
  @ManyToOne(() => TenantEntity, { onDelete: "SET NULL", nullable: true })
  @JoinColumn({ name: "tenant_id" })
  tenant!: unknown;
  @CustomFieldData() customFieldData!: JsonObject;
  @WrittenAt("created") created!: string;
  @WrittenAt("last_updated") lastUpdated!: string;
}

/** The tenants that may use an endpoint. */
@Entity("endpoint_allowed_tenant")
@Index("endpoint_allowed_tenant_by_tenant", ["tenantId"])
export class EndpointAllowedTenantEntity {
  @PrimaryColumn("integer", { name: "endpoint_id" }) endpointId!: number;
  @ManyToOne(() => EndpointEntity, { onDelete: "CASCADE" })
  @JoinColumn({ name: "endpoint_id" })
  endpoint!: unknown;
  @PrimaryColumn("integer", { name: "tenant_id" }) tenantId!: number;
  @ManyToOne(() => TenantEntity, { onDelete: "CASCADE" })
  @JoinColumn({ name: "tenant_id" })
  tenant!: unknown;
}

/** What the last contact with an endpoint was like. Apart from the endpoint, so that a sync moves no ETag. */
@Entity("endpoint_observation")
@Check("endpoint_observation_failure", "(failure_code is null) = (failure_message is null)")
export class EndpointObservationEntity {
  @PrimaryColumn("integer", { name: "endpoint_id" }) endpointId!: number;
  @OneToOne(() => EndpointEntity, { onDelete: "CASCADE" })
  @JoinColumn({ name: "endpoint_id" })
  endpoint!: unknown;
  @Instant("observed_at") observedAt!: string;
  @Instant("answered_at", { nullable: true }) answeredAt!: string | null;
  @Text("failure_code", { nullable: true }) failureCode!: string | null;
  @Text("failure_message", { nullable: true }) failureMessage!: string | null;
  /** Per kind of object: was the last snapshot complete, and if not, why (rule R2). */
  @Json("coverage", { default: {} }) coverage!: JsonObject;
}

/** Staleness that waits for a second opinion: too many objects vanished at once (rule R2). */
@Entity("held_plan")
@Unique("held_plan_one_per_kind", ["endpointId", "kind"])
export class HeldPlanEntity {
  @Id() id!: number;
  @Column("integer", { name: "endpoint_id" }) endpointId!: number;
  @ManyToOne(() => EndpointEntity, { onDelete: "CASCADE" })
  @JoinColumn({ name: "endpoint_id" })
  endpoint!: unknown;
  @Text("kind") kind!: string;
  @Json("keys") keys!: string[];
  @Instant("held_at") heldAt!: string;
}
