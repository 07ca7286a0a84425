import { Entity, Unique } from "typeorm";
import type { JsonObject } from "@proxbox/domain";
import { CustomFieldData, Id, Text, WrittenAt } from "./columns.ts";

/** Whom things belong to. */
@Entity("tenant")
@Unique("tenant_one_per_name", ["name"])
@Unique("tenant_one_per_slug", ["slug"])
export class TenantEntity {
  @Id() id!: number;
  @Text("name") name!: string;
  @Text("slug") slug!: string;
  @Text("description", { default: "" }) description!: string;
  @Text("comments", { default: "" }) comments!: string;
  @CustomFieldData() customFieldData!: JsonObject;
  @WrittenAt("created") created!: string;
  @WrittenAt("last_updated") lastUpdated!: string;
}
