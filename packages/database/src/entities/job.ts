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
import { UserEntity } from "./user.ts";

/** When full updates recur. Job Schedulers of the queue are alarm clocks derived from these rows (rule R9). */
@Entity("schedule")
@Check("schedule_interval_range", "interval_minutes >= 1")
@Check("schedule_recurrence", "interval_minutes is null or cron is null")
export class ScheduleEntity {
  @Id() id!: number;
  @Text("name") name!: string;
  @Json("sync_types") syncTypes!: string[];
  /** Null: all endpoints that are enabled when it runs. */
  @Json("endpoint_ids", { nullable: true }) endpointIds!: number[] | null;
  @Instant("start_at", { nullable: true }) startAt!: string | null;
  @Column("integer", { name: "interval_minutes", nullable: true }) intervalMinutes!: number | null;
  @Text("cron", { nullable: true }) cron!: string | null;
  @Text("time_zone", { default: "UTC" }) timeZone!: string;
  @Column("boolean", { name: "enabled", default: true }) enabled!: boolean;
  @Column("integer", { name: "user_id", nullable: true }) userId!: number | null;
  @ManyToOne(() => UserEntity, { onDelete: "SET NULL", nullable: true })
  @JoinColumn({ name: "user_id" })
  user!: unknown;
  @CustomFieldData() customFieldData!: JsonObject;
  @WrittenAt("created") created!: string;
  @WrittenAt("last_updated") lastUpdated!: string;
}

const terminal = "status in ('completed', 'errored', 'failed')";

/** The accepted request: one durable row, NetBox's shape. Ends in exactly one terminal status (rule R7). */
@Entity("job")
@Unique("job_one_per_uuid", ["jobId"])
@Unique("job_one_per_slot", ["scheduleId", "scheduled"])
@Check("job_status_choice", "status in ('pending', 'scheduled', 'running', 'completed', 'errored', 'failed')")
@Check("job_end", `(${terminal}) = (completed is not null)`)
@Check("job_never_completed_over_an_error", "status <> 'completed' or error = ''")
@Index("job_one_waiting_per_request", ["requestKey"], { unique: true, where: "status = 'pending'" })
@Index("job_one_scheduled_per_schedule", ["scheduleId"], { unique: true, where: "status = 'scheduled'" })
@Index("job_newest_first", { synchronize: false })
export class JobEntity {
  @Id() id!: number;
  @Column("uuid", { name: "job_id" }) jobId!: string;
  @Text("name") name!: string;
  @Text("status") status!: "pending" | "scheduled" | "running" | "completed" | "errored" | "failed";
  @Text("mode") mode!: "full" | "scheduled" | "individual";
  @Json("sync_types") syncTypes!: string[];
  /** Null: all endpoints that are enabled when the job is accepted. */
  @Json("endpoint_ids", { nullable: true }) endpointIds!: number[] | null;
  /** Equal requests that wait share one job. */
  @Text("request_key") requestKey!: string;
  @WrittenAt("created") created!: string;
  @Instant("scheduled", { nullable: true }) scheduled!: string | null;
  /** Minutes. */
  @Column("integer", { name: "interval", nullable: true }) interval!: number | null;
  @Instant("started", { nullable: true }) started!: string | null;
  @Instant("completed", { nullable: true }) completed!: string | null;
  @Column("integer", { name: "user_id", nullable: true }) userId!: number | null;
  @ManyToOne(() => UserEntity, { onDelete: "SET NULL", nullable: true })
  @JoinColumn({ name: "user_id" })
  user!: unknown;
  @Column("integer", { name: "schedule_id", nullable: true }) scheduleId!: number | null;
  @ManyToOne(() => ScheduleEntity, { onDelete: "SET NULL", nullable: true })
  @JoinColumn({ name: "schedule_id" })
  schedule!: unknown;
  @Json("data", { default: {} }) data!: JsonObject;
  @Text("error", { default: "" }) error!: string;
  @Json("log_entries", { default: [] }) logEntries!: JsonValue[];
}

/** A job's work on one endpoint. */
@Entity("job_run")
@Unique("job_run_one_per_endpoint", ["jobId", "endpointId"])
@Check("job_run_status_choice", "status in ('pending', 'running', 'completed', 'errored', 'failed')")
@Check("job_run_end", `(${terminal}) = (completed is not null)`)
@Check("job_run_never_completed_over_an_error", "status <> 'completed' or error = ''")
@Index("job_run_waiting", ["created"], { where: "status in ('pending', 'running')" })
@Index("job_run_one_running_per_endpoint", ["endpointId"], { unique: true, where: "status = 'running'" })
export class JobRunEntity {
  @PrimaryColumn("uuid", { name: "id" }) id!: string;
  @Column("integer", { name: "job_id" }) jobId!: number;
  @ManyToOne(() => JobEntity, { onDelete: "CASCADE" })
  @JoinColumn({ name: "job_id" })
  job!: unknown;
  @Column("integer", { name: "endpoint_id", nullable: true }) endpointId!: number | null;
  @ManyToOne(() => EndpointEntity, { onDelete: "SET NULL", nullable: true })
  @JoinColumn({ name: "endpoint_id" })
  endpoint!: unknown;
  @Text("status", { default: "pending" }) status!: "pending" | "running" | "completed" | "errored" | "failed";
  /** How often a worker began this run; a run that kills every worker is given up after a few. */
  @Column("integer", { name: "attempts", default: 0 }) attempts!: number;
  @WrittenAt("created") created!: string;
  /** When it was last handed to the queue; the sweep hands over again what the queue lost. */
  @Instant("enqueued_at", { nullable: true }) enqueuedAt!: string | null;
  @Instant("started", { nullable: true }) started!: string | null;
  @Instant("completed", { nullable: true }) completed!: string | null;
  @Json("result", { nullable: true }) result!: JsonObject | null;
  @Text("error", { default: "" }) error!: string;
}

/** The right to write what one endpoint said. Taking it raises the token, so that a late writer is refused (rule R8). */
@Entity("endpoint_lease")
export class EndpointLeaseEntity {
  @PrimaryColumn("integer", { name: "endpoint_id" }) endpointId!: number;
  @OneToOne(() => EndpointEntity, { onDelete: "CASCADE" })
  @JoinColumn({ name: "endpoint_id" })
  endpoint!: unknown;
  @Column("bigint", { name: "token", default: 0 }) token!: string;
  @Column("uuid", { name: "run_id", nullable: true }) runId!: string | null;
  @Instant("expires_at") expiresAt!: string;
}
