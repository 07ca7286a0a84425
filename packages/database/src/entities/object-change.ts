import { Check, Column, Entity, Index, JoinColumn, ManyToOne } from "typeorm";
import type { JsonObject } from "@proxbox/domain";
import { Id, Json, Text, WrittenAt } from "./columns.ts";
import { UserEntity } from "./user.ts";

/** The change log. A sync writes here in the transaction of its changes, with the job's id as request id. */
@Entity("object_change")
@Check("object_change_action_choice", "action in ('create', 'update', 'delete')")
@Index("object_change_by_object", ["changedObjectType", "changedObjectId"])
@Index("object_change_by_time", ["time", "id"])
@Index("object_change_by_request", ["requestId"])
export class ObjectChangeEntity {
  @Id() id!: number;
  @WrittenAt("time") time!: string;
  @Column("integer", { name: "user_id", nullable: true }) userId!: number | null;
  @ManyToOne(() => UserEntity, { onDelete: "SET NULL", nullable: true })
  @JoinColumn({ name: "user_id" })
  user!: unknown;
  @Text("user_name") userName!: string;
  @Column("uuid", { name: "request_id" }) requestId!: string;
  @Text("action") action!: "create" | "update" | "delete";
  @Text("changed_object_type") changedObjectType!: string;
  @Column("integer", { name: "changed_object_id" }) changedObjectId!: number;
  @Text("object_repr") objectRepr!: string;
  @Text("message", { default: "" }) message!: string;
  @Json("prechange_data", { nullable: true }) prechangeData!: JsonObject | null;
  @Json("postchange_data", { nullable: true }) postchangeData!: JsonObject | null;
}
