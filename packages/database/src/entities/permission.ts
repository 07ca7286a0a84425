import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique } from "typeorm";
import { Id, Json, Text } from "./columns.ts";
import { UserEntity } from "./user.ts";

/** Users who share permissions. */
@Entity("user_group")
@Unique("user_group_one_per_name", ["name"])
export class GroupEntity {
  @Id() id!: number;
  @Text("name") name!: string;
  @Text("description", { default: "" }) description!: string;
}

/** Leave to do some things to some objects; users have their own permissions and those of their groups. */
@Entity("object_permission")
export class PermissionEntity {
  @Id() id!: number;
  @Text("name") name!: string;
  @Text("description", { default: "" }) description!: string;
  @Column("boolean", { name: "enabled", default: true }) enabled!: boolean;
  /** Such as `netbox_proxbox.replication`. */
  @Json("object_types", { default: [] }) objectTypes!: string[];
  @Json("actions", { default: [] }) actions!: string[];
  /** Conditions on the objects, by field name; of several sets one must hold. Null: every object. */
  @Json("constraints", { nullable: true }) constraints!: unknown;
}

@Entity("user_account_group")
@Index("user_account_group_by_group", ["groupId"])
export class UserGroupEntity {
  @PrimaryColumn("integer", { name: "user_id" }) userId!: number;
  @PrimaryColumn("integer", { name: "group_id" }) groupId!: number;
  @ManyToOne(() => UserEntity, { onDelete: "CASCADE" })
  @JoinColumn({ name: "user_id" })
  user!: unknown;
  @ManyToOne(() => GroupEntity, { onDelete: "CASCADE" })
  @JoinColumn({ name: "group_id" })
  group!: unknown;
}

@Entity("object_permission_user")
@Index("object_permission_user_by_user", ["userId"])
export class PermissionUserEntity {
  @PrimaryColumn("integer", { name: "permission_id" }) permissionId!: number;
  @PrimaryColumn("integer", { name: "user_id" }) userId!: number;
  @ManyToOne(() => PermissionEntity, { onDelete: "CASCADE" })
  @JoinColumn({ name: "permission_id" })
  permission!: unknown;
  @ManyToOne(() => UserEntity, { onDelete: "CASCADE" })
  @JoinColumn({ name: "user_id" })
  user!: unknown;
}

@Entity("object_permission_group")
@Index("object_permission_group_by_group", ["groupId"])
export class PermissionGroupEntity {
  @PrimaryColumn("integer", { name: "permission_id" }) permissionId!: number;
  @PrimaryColumn("integer", { name: "group_id" }) groupId!: number;
  @ManyToOne(() => PermissionEntity, { onDelete: "CASCADE" })
  @JoinColumn({ name: "permission_id" })
  permission!: unknown;
  @ManyToOne(() => GroupEntity, { onDelete: "CASCADE" })
  @JoinColumn({ name: "group_id" })
  group!: unknown;
}
