import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, Unique } from "typeorm";
import { Id, Json, Text, WrittenAt } from "./columns.ts";

/** A label that an operator gives to objects. A sync never writes any (rule R6). */
@Entity("tag")
@Unique("tag_one_per_name", ["name"])
@Unique("tag_one_per_slug", ["slug"])
export class TagEntity {
  @Id() id!: number;
  @Text("name") name!: string;
  @Text("slug") slug!: string;
  /** Six hexadecimal digits. */
  @Text("color", { default: "9e9e9e" }) color!: string;
  @Text("description", { default: "" }) description!: string;
  /** An object's tags are ordered by it, then by name. */
  @Column("smallint", { name: "weight", default: 1000 }) weight!: number;
  /** Types of objects that the tag is meant for; empty: all. */
  @Json("object_types", { default: [] }) objectTypes!: string[];
  @WrittenAt("created") created!: string;
  @WrittenAt("last_updated") lastUpdated!: string;
}

/** A tag on an object of any type. A trigger of the object's table removes it with the object. */
@Entity("tagged_item")
@Index("tagged_item_by_tag", ["tagId", "objectType"])
export class TaggedItemEntity {
  @PrimaryColumn({ type: "text", name: "object_type", collation: "C" }) objectType!: string;
  @PrimaryColumn("integer", { name: "object_id" }) objectId!: number;
  @PrimaryColumn("integer", { name: "tag_id" }) tagId!: number;
  @ManyToOne(() => TagEntity, { onDelete: "CASCADE" })
  @JoinColumn({ name: "tag_id" })
  tag!: unknown;
}
