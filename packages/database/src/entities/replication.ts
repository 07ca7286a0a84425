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
import type { JsonObject, JsonValue } from "@proxbox/domain";
import { CustomFieldData, Id, Instant, Json, Text, WrittenAt } from "./columns.ts";
import { EndpointEntity } from "./endpoint.ts";
import { NodeEntity } from "./proxmox-cluster.ts";
import { VirtualMachineEntity } from "./virtualization.ts";

/** One Proxmox storage replication job: its configuration. */
@Entity("replication")
@Unique("replication_one_per_id", ["endpointId", "replicationId"])
@Check("replication_guest_range", "guest >= 0")
@Check("replication_jobnum_range", "jobnum >= 0")
@Check("replication_job_type_choice", "job_type = 'local'")
@Check("replication_status_choice", "status in ('active', 'stale')")
@Check("replication_remove_job_choice", "remove_job in ('', 'local', 'full')")
@Check("replication_linked_or_reason", "virtual_machine_id is not null or unresolved_reason is not null")
@Check("replication_stale_with_proof", "(stale_at is null) = (stale_proof is null)")
@Index("replication_by_virtual_machine", ["virtualMachineId"])
@Index("replication_by_node", ["proxmoxNodeId"])
export class ReplicationEntity {
  @Id() id!: number;
  @Column("integer", { name: "endpoint_id", nullable: true }) endpointId!: number | null;
  @ManyToOne(() => EndpointEntity, { onDelete: "CASCADE", nullable: true })
  @JoinColumn({ name: "endpoint_id" })
  endpoint!: unknown;
  @Text("replication_id") replicationId!: string;
  @Column("integer", { name: "virtual_machine_id", nullable: true }) virtualMachineId!: number | null;
  @ManyToOne(() => VirtualMachineEntity, { onDelete: "CASCADE", nullable: true })
  @JoinColumn({ name: "virtual_machine_id" })
  virtualMachine!: unknown;
  /** Why there is no virtual machine (rule R3): `not-visible` or `gone`. */
  @Text("unresolved_reason", { nullable: true }) unresolvedReason!: string | null;
  /** The target node. */
  @Column("integer", { name: "proxmox_node_id", nullable: true }) proxmoxNodeId!: number | null;
  @ManyToOne(() => NodeEntity, { onDelete: "SET NULL", nullable: true })
  @JoinColumn({ name: "proxmox_node_id" })
  proxmoxNode!: unknown;
  @Column("integer", { name: "guest" }) guest!: number;
  @Text("target") target!: string;
  @Text("job_type", { default: "local" }) jobType!: string;
  @Text("schedule", { default: "" }) schedule!: string;
  /** Seconds, derived from the schedule by a sync: makes `overdue` a matter of stored columns. */
  @Column("integer", { name: "worst_gap", nullable: true }) worstGap!: number | null;
  /** MB/s. */
  @Column("double precision", { name: "rate", nullable: true }) rate!: number | null;
  @Text("comment", { nullable: true }) comment!: string | null;
  @Column("boolean", { name: "disable", default: false }) disable!: boolean;
  @Text("source", { nullable: true }) source!: string | null;
  @Column("integer", { name: "jobnum" }) jobnum!: number;
  @Text("remove_job", { nullable: true }) removeJob!: string | null;
  @Text("status", { default: "active" }) status!: "active" | "stale";
  @Json("raw_config", { default: {} }) rawConfig!: JsonValue;
  @Instant("stale_at", { nullable: true }) staleAt!: string | null;
  @Json("stale_proof", { nullable: true }) staleProof!: JsonObject | null;
  @CustomFieldData() customFieldData!: JsonObject;
  @WrittenAt("created") created!: string;
  @WrittenAt("last_updated") lastUpdated!: string;
}

/** The volatile part of a replication, as its node last told it. Written only when a value changes (rule R5). */
@Entity("replication_runtime")
@Check("replication_runtime_fail_count", "fail_count >= 0")
export class ReplicationRuntimeEntity {
  @PrimaryColumn("integer", { name: "replication_id" }) replicationId!: number;
  @OneToOne(() => ReplicationEntity, { onDelete: "CASCADE" })
  @JoinColumn({ name: "replication_id" })
  replication!: unknown;
  /** False: the guest's node answered, and this job was not in its list. */
  @Column("boolean", { name: "listed" }) listed!: boolean;
  /** True: the node knows of no successful run although there was one; the times below are the last good ones. */
  @Column("boolean", { name: "state_lost", default: false }) stateLost!: boolean;
  @Instant("last_sync", { nullable: true }) lastSync!: string | null;
  @Instant("last_try", { nullable: true }) lastTry!: string | null;
  @Instant("next_sync", { nullable: true }) nextSync!: string | null;
  /** Seconds. */
  @Column("double precision", { name: "duration", nullable: true }) duration!: number | null;
  @Column("integer", { name: "fail_count", default: 0 }) failCount!: number;
  @Text("error", { nullable: true }) error!: string | null;
  @Column("integer", { name: "pid", nullable: true }) pid!: number | null;
}
