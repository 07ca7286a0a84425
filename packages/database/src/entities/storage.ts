import { Check, Column, Entity, Index, JoinColumn, ManyToOne, Unique } from "typeorm";
import type { JsonObject } from "@proxbox/domain";
import { CustomFieldData, Id, Instant, Json, Text, WrittenAt } from "./columns.ts";
import { EndpointEntity } from "./endpoint.ts";
import { VirtualizationClusterEntity } from "./virtualization.ts";

@Entity("proxmox_storage")
@Unique("proxmox_storage_one_per_name", ["clusterId", "name"])
@Check("proxmox_storage_stale_with_proof", "(stale_at is null) = (stale_proof is null)")
@Index("proxmox_storage_by_endpoint", ["endpointId"])
export class StorageEntity {
  @Id() id!: number;
  @Column("integer", { name: "endpoint_id", nullable: true }) endpointId!: number | null;
  @ManyToOne(() => EndpointEntity, { onDelete: "CASCADE", nullable: true })
  @JoinColumn({ name: "endpoint_id" })
  endpoint!: unknown;
  @Column("integer", { name: "cluster_id" }) clusterId!: number;
  @ManyToOne(() => VirtualizationClusterEntity, { onDelete: "CASCADE" })
  @JoinColumn({ name: "cluster_id" })
  cluster!: unknown;
  @Text("name") name!: string;
  @Text("storage_type", { nullable: true }) storageType!: string | null;
  /** Comma list, sorted: Proxmox sends it in another order with every call. The same holds for nodes. */
  @Text("content", { nullable: true }) content!: string | null;
  @Text("path", { nullable: true }) path!: string | null;
  @Text("nodes", { nullable: true }) nodes!: string | null;
  @Column("boolean", { name: "shared", default: false }) shared!: boolean;
  @Column("boolean", { name: "enabled", default: true }) enabled!: boolean;
  @Text("server", { nullable: true }) server!: string | null;
  @Column("integer", { name: "port", nullable: true }) port!: number | null;
  @Text("username", { nullable: true }) username!: string | null;
  @Text("export", { nullable: true }) export!: string | null;
  @Text("share", { nullable: true }) share!: string | null;
  @Text("pool", { nullable: true }) pool!: string | null;
  @Text("monhost", { nullable: true }) monhost!: string | null;
  @Text("namespace", { nullable: true }) namespace!: string | null;
  @Text("datastore", { nullable: true }) datastore!: string | null;
  @Text("subdir", { nullable: true }) subdir!: string | null;
  @Text("mountpoint", { nullable: true }) mountpoint!: string | null;
  @Text("is_mountpoint", { nullable: true }) isMountpoint!: string | null;
  @Text("preallocation", { nullable: true }) preallocation!: string | null;
  @Text("format", { nullable: true }) format!: string | null;
  @Text("prune_backups", { nullable: true }) pruneBackups!: string | null;
  @Column("integer", { name: "max_protected_backups", nullable: true }) maxProtectedBackups!: number | null;
  @Json("raw_config", { default: {} }) rawConfig!: JsonObject;
  @Instant("stale_at", { nullable: true }) staleAt!: string | null;
  @Json("stale_proof", { nullable: true }) staleProof!: JsonObject | null;
  @CustomFieldData() customFieldData!: JsonObject;
  @WrittenAt("created") created!: string;
  @WrittenAt("last_updated") lastUpdated!: string;
}
