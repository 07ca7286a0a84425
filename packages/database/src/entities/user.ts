import { Check, Column, Entity, Index, JoinColumn, ManyToOne, Unique } from "typeorm";
import { Id, Instant, Json, Text, WrittenAt } from "./columns.ts";

@Entity("user_account")
@Unique("user_account_one_per_name", ["username"])
export class UserEntity {
  @Id() id!: number;
  @Text("username") username!: string;
  /** `scrypt$N$r$p$salt$hash`; empty: no password logs in. */
  @Text("password_hash", { default: "" }) passwordHash!: string;
  @Text("first_name", { default: "" }) firstName!: string;
  @Text("last_name", { default: "" }) lastName!: string;
  @Text("email", { default: "" }) email!: string;
  @Column("boolean", { name: "is_superuser", default: false }) isSuperuser!: boolean;
  @Column("boolean", { name: "is_active", default: true }) isActive!: boolean;
  @WrittenAt("created") created!: string;
}

/** An API token. Only a keyed hash of its secret is stored, for both of NetBox's versions. */
@Entity("api_token")
@Check("api_token_version_choice", "version in (1, 2)")
@Check("api_token_key_of_version_2", "(version = 2) = (key is not null)")
@Unique("api_token_one_per_key", ["key"])
@Index("api_token_by_secret", ["secretHash"])
@Index("api_token_one_per_plaintext", ["secretHash"], { unique: true, where: "version = 1" })
export class TokenEntity {
  @Id() id!: number;
  @Column("integer", { name: "user_id" }) userId!: number;
  @ManyToOne(() => UserEntity, { onDelete: "CASCADE" })
  @JoinColumn({ name: "user_id" })
  user!: unknown;
  @Column("smallint", { name: "version" }) version!: 1 | 2;
  /** The public part of a version 2 token. */
  @Text("key", { nullable: true }) key!: string | null;
  /** HMAC-SHA256(pepper, secret), hex. */
  @Text("secret_hash") secretHash!: string;
  @Text("pepper_id") pepperId!: string;
  /** The last characters of a version 1 token, by which people tell tokens apart. */
  @Text("tail", { default: "" }) tail!: string;
  @Text("description", { default: "" }) description!: string;
  @Column("boolean", { name: "enabled", default: true }) enabled!: boolean;
  @Column("boolean", { name: "write_enabled", default: true }) writeEnabled!: boolean;
  @Instant("expires", { nullable: true }) expires!: string | null;
  @Json("allowed_ips", { default: [] }) allowedIps!: string[];
  @Instant("last_used", { nullable: true }) lastUsed!: string | null;
  @WrittenAt("created") created!: string;
}
