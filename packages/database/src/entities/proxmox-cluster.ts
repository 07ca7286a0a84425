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
import { DeviceEntity } from "./dcim.ts";
import { EndpointEntity } from "./endpoint.ts";

/** A Proxmox cluster, or the stand-alone node that takes its place. */
@Entity("proxmox_cluster")
@Unique("proxmox_cluster_one_per_name", ["endpointId", "name"])
export class ProxmoxClusterEntity {
  @Id() id!: number;
  @Column("integer", { name: "endpoint_id" }) endpointId!: number;
  @ManyToOne(() => EndpointEntity, { onDelete: "CASCADE" })
  @JoinColumn({ name: "endpoint_id" })
  endpoint!: unknown;
  @Column("integer", { name: "netbox_cluster_id", nullable: true }) netboxClusterId!: number | null;
  @ManyToOne("VirtualizationClusterEntity", { onDelete: "SET NULL", nullable: true })
  @JoinColumn({ name: "netbox_cluster_id" })
  netboxCluster!: unknown;
  @Text("name") name!: string;
  @Text("cluster_id", { default: "" }) clusterId!: string;
  @Text("mode") mode!: "undefined" | "standalone" | "cluster";
  @Column("integer", { name: "nodes_count", default: 0 }) nodesCount!: number;
  @Column("boolean", { name: "quorate", default: false }) quorate!: boolean;
  /** Version of the corosync configuration. */
  @Column("integer", { name: "version", nullable: true }) version!: number | null;
  @CustomFieldData() customFieldData!: JsonObject;
  @WrittenAt("created") created!: string;
  @WrittenAt("last_updated") lastUpdated!: string;
}

@Entity("proxmox_node")
@Unique("proxmox_node_one_per_name", ["endpointId", "name"])
@Check("proxmox_node_stale_with_proof", "(stale_at is null) = (stale_proof is null)")
@Index("proxmox_node_by_cluster", ["proxmoxClusterId"])
export class NodeEntity {
  @Id() id!: number;
  @Column("integer", { name: "endpoint_id" }) endpointId!: number;
  @ManyToOne(() => EndpointEntity, { onDelete: "CASCADE" })
  @JoinColumn({ name: "endpoint_id" })
  endpoint!: unknown;
  @Column("integer", { name: "proxmox_cluster_id", nullable: true }) proxmoxClusterId!: number | null;
  @ManyToOne(() => ProxmoxClusterEntity, { onDelete: "SET NULL", nullable: true })
  @JoinColumn({ name: "proxmox_cluster_id" })
  proxmoxCluster!: unknown;
  @Column("integer", { name: "netbox_device_id", nullable: true }) netboxDeviceId!: number | null;
  @ManyToOne(() => DeviceEntity, { onDelete: "SET NULL", nullable: true })
  @JoinColumn({ name: "netbox_device_id" })
  netboxDevice!: unknown;
  @Text("name") name!: string;
  @Column("integer", { name: "node_id", nullable: true }) nodeId!: number | null;
  /** Empty until the node has announced its address. */
  @Text("ip_address", { default: "" }) ipAddress!: string;
  @Column("boolean", { name: "online", default: false }) online!: boolean;
  @Column("boolean", { name: "local", default: false }) local!: boolean;
  /** 0..1. The two measurements change all the time; a sync writes them without moving `last_updated`. */
  @Column("double precision", { name: "cpu_usage", nullable: true }) cpuUsage!: number | null;
  @Column("integer", { name: "max_cpu", nullable: true }) maxCpu!: number | null;
  /** Bytes. */
  @Column("bigint", { name: "memory_usage", nullable: true }) memoryUsage!: string | null;
  @Column("bigint", { name: "max_memory", nullable: true }) maxMemory!: string | null;
  @Text("ssl_fingerprint", { default: "" }) sslFingerprint!: string;
  @Text("location", { default: "" }) location!: string;
  @Text("support_level", { default: "" }) supportLevel!: string;
  @Instant("stale_at", { nullable: true }) staleAt!: string | null;
  @Json("stale_proof", { nullable: true }) staleProof!: JsonObject | null;
  @CustomFieldData() customFieldData!: JsonObject;
  @WrittenAt("created") created!: string;
  @WrittenAt("last_updated") lastUpdated!: string;
}

/** Whether and when a node told the state of its replications: one row per node, however many it has (rule R5). */
@Entity("node_observation")
@Check("node_observation_failure", "(failure_code is null) = (failure_message is null)")
export class NodeObservationEntity {
  @PrimaryColumn("integer", { name: "node_id" }) nodeId!: number;
  @OneToOne(() => NodeEntity, { onDelete: "CASCADE" })
  @JoinColumn({ name: "node_id" })
  node!: unknown;
  @Instant("observed_at") observedAt!: string;
  @Instant("answered_at", { nullable: true }) answeredAt!: string | null;
  @Text("failure_code", { nullable: true }) failureCode!: string | null;
  @Text("failure_message", { nullable: true }) failureMessage!: string | null;
}
