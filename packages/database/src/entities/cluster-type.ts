import { Entity, Unique } from "typeorm";
import type { JsonObject } from "@proxbox/domain";
import { CustomFieldData, Id, Text, WrittenAt } from "./columns.ts";

/** What sort of cluster a virtualization cluster is. */
@Entity("cluster_type")
@Unique("cluster_type_one_per_name", ["name"])
@Unique("cluster_type_one_per_slug", ["slug"])
export class ClusterTypeEntity {
  @Id() id!: number;
  @Text("name") name!: string;
  @Text("slug") slug!: string;
  @Text("description", { default: "" }) description!: string;
  @Text("comments", { default: "" }) comments!: string;
  @CustomFieldData() customFieldData!: JsonObject;
  @WrittenAt("created") created!: string;
  @WrittenAt("last_updated") lastUpdated!: string;
}
