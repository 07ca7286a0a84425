import { Check, Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, Unique } from "typeorm";
import type { JsonObject, JsonValue } from "@proxbox/domain";
import { Id, Json, Text, WrittenAt } from "./columns.ts";

/** The choices of custom fields that are chosen from. */
@Entity("custom_field_choice_set")
@Unique("custom_field_choice_set_one_per_name", ["name"])
export class CustomFieldChoiceSetEntity {
  @Id() id!: number;
  @Text("name") name!: string;
  @Text("description", { default: "" }) description!: string;
  /** Pairs of value and label. */
  @Json("extra_choices", { default: [] }) extraChoices!: [string, string][];
  @Column("boolean", { name: "order_alphabetically", default: false }) orderAlphabetically!: boolean;
  @WrittenAt("created") created!: string;
  @WrittenAt("last_updated") lastUpdated!: string;
}

/** A field that an operator adds to types of objects; values are in the objects' `custom_field_data`. */
@Entity("custom_field")
@Unique("custom_field_one_per_name", ["name"])
@Check("custom_field_name_form", "name ~ '^[A-Za-z0-9_]+$' and position('__' in name) = 0")
export class CustomFieldEntity {
  @Id() id!: number;
  @Json("object_types") objectTypes!: string[];
  @Text("type", { default: "text" }) type!: string;
  @Text("related_object_type", { nullable: true }) relatedObjectType!: string | null;
  @Text("name") name!: string;
  @Text("label", { default: "" }) label!: string;
  @Text("group_name", { default: "" }) groupName!: string;
  @Text("description", { default: "" }) description!: string;
  @Column("boolean", { name: "required", default: false }) required!: boolean;
  @Column("smallint", { name: "search_weight", default: 1000 }) searchWeight!: number;
  @Text("filter_logic", { default: "loose" }) filterLogic!: string;
  @Text("ui_visible", { default: "always" }) uiVisible!: string;
  @Text("ui_editable", { default: "yes" }) uiEditable!: string;
  @Column("boolean", { name: "is_cloneable", default: false }) isCloneable!: boolean;
  @Json("default_value", { nullable: true }) default!: JsonValue;
  @Json("related_object_filter", { nullable: true }) relatedObjectFilter!: JsonObject | null;
  @Column("smallint", { name: "weight", default: 100 }) weight!: number;
  @Column("numeric", { name: "validation_minimum", precision: 16, scale: 4, nullable: true })
  validationMinimum!: string | null;
  @Column("numeric", { name: "validation_maximum", precision: 16, scale: 4, nullable: true })
  validationMaximum!: string | null;
  @Text("validation_regex", { default: "" }) validationRegex!: string;
  @Column("integer", { name: "choice_set_id", nullable: true }) choiceSetId!: number | null;
  @ManyToOne(() => CustomFieldChoiceSetEntity, { onDelete: "NO ACTION", nullable: true })
  @JoinColumn({ name: "choice_set_id" })
  choiceSet!: unknown;
  @Text("comments", { default: "" }) comments!: string;
  @WrittenAt("created") created!: string;
  @WrittenAt("last_updated") lastUpdated!: string;
}

/** One row. Triggers raise the version with every change of a custom field or choice set, so that readers may cache. */
@Entity("custom_field_version")
@Check("custom_field_version_singleton", "singleton")
export class CustomFieldVersionEntity {
  @PrimaryColumn("boolean", { name: "singleton", default: true }) singleton!: boolean;
  @Column("bigint", { name: "version", default: 0 }) version!: string;
}
