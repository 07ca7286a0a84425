import type {
  HeldPlan,
  JsonObject,
  Kind,
  KnownEndpoint,
  Proof,
  ProxmoxVersion,
  RuntimeRow,
} from "@proxbox/domain";
import type { EntityManager } from "typeorm";
import type { Database } from "../open-database.ts";
import { mergeSpecs, type Rows } from "./merge-specs.ts";
import { mergeStatement, updateStatement } from "./merge-statement.ts";
import { describeEndpointStatement, virtualizationClusterStatement } from "./endpoint-statements.ts";
import { mergeRuntimesStatement } from "./runtime-statement.ts";
import {
  foreignGuestNames,
  guestLocations,
  storedClusters,
  storedRows,
  storedRuntimes,
} from "./stored-rows.ts";

/** Who a sync's changes are signed by in the change log. */
export interface Author {
  readonly userId: number | null;
  readonly userName: string;
  /** The job's UUID. */
  readonly requestId: string;
}

export interface Counts {
  readonly created: number;
  readonly updated: number;
}

/**
 * Everything that one run may read and write, inside the one transaction that its lease protects. Every statement names
 * the endpoint, so a run cannot touch another one's rows.
 */
export type SyncWriter = ReturnType<typeof createSyncWriter>;

export function createSyncWriter(
  database: Database,
  manager: EntityManager,
  { endpointId, author }: { endpointId: number; author: Author },
) {
  const signature = [author.userId, author.userName, author.requestId];

  async function write(
    statement: string,
    rows: readonly unknown[],
    clusterId: number | null,
  ): Promise<Counts> {
    if (rows.length === 0) return { created: 0, updated: 0 };
    const [counts] = await manager.query<Partial<Counts>[]>(statement, [
      JSON.stringify(rows),
      endpointId,
      clusterId,
      ...signature,
    ]);
    return { created: counts?.created ?? 0, updated: counts?.updated ?? 0 };
  }

  return {
    endpointId,

    stored: <K extends Exclude<keyof Rows, "cluster">>(kind: K) => storedRows(manager, kind, endpointId),
    guestLocations: () => guestLocations(manager, endpointId),
    storedClusters: () => storedClusters(manager, endpointId),
    storedRuntimes: () => storedRuntimes(manager, endpointId),
    foreignGuestNames: (clusterId: number) => foreignGuestNames(manager, endpointId, clusterId),

    /** Creates and updates rows, with their change log. */
    merge: <K extends keyof Rows>(kind: K, rows: readonly Rows[K][], clusterId: number | null) =>
      write(mergeStatement(database, mergeSpecs[kind]), rows, clusterId),

    /** Gives the cluster's row its new name, so that a rename is no second cluster. */
    renameCluster: (from: string, to: string) =>
      write(
        updateStatement(database, mergeSpecs.cluster, {
          input: "before text, after text",
          set: "name = i.after",
          where: "t.name = i.before",
        }),
        [{ before: from, after: to }],
        null,
      ),

    /** Marks proven absences, with their proof. */
    markStale: (kind: Kind, stale: readonly { readonly key: string; readonly proof: Proof }[]) =>
      write(staleStatement(database, kind), stale, null),

    /** Runtime has no change log: it changes with every replication. Returns the number of rows written. */
    async mergeRuntimes(rows: readonly RuntimeRow[]): Promise<number> {
      if (rows.length === 0) return 0;
      const [counts] = await manager.query<{ written: number }[]>(mergeRuntimesStatement, [
        JSON.stringify(rows),
        endpointId,
      ]);
      return counts?.written ?? 0;
    },

    /** Measurements change all the time: they move no `last_updated` and write no change log. */
    async measureNodes(
      nodes: readonly { name: string; cpu: number | null; memory: number | null }[],
    ): Promise<void> {
      await manager.query(
        `update proxmox_node t set cpu_usage = i.cpu, memory_usage = i.memory
         from jsonb_to_recordset($1::jsonb) as i (name text, cpu double precision, memory bigint)
         where t.endpoint_id = $2 and t.name = i.name
           and (i.cpu is distinct from t.cpu_usage or i.memory is distinct from t.memory_usage)
           and i.cpu is not null`,
        [JSON.stringify(nodes), endpointId],
      );
    },

    /** One row per node, however many replications it has. A failure keeps the time of the last answer. */
    async observeNodes(
      observations: readonly { name: string; failure: { code: string; message: string } | null }[],
    ): Promise<void> {
      await manager.query(
        `insert into node_observation as o (node_id, observed_at, answered_at, failure_code, failure_message)
         select n.id, clock_timestamp(), case when i.failure is null then clock_timestamp() end,
                i.failure->>'code', i.failure->>'message'
         from jsonb_to_recordset($1::jsonb) as i (name text, failure jsonb)
         join proxmox_node n on n.endpoint_id = $2 and n.name = i.name
         on conflict (node_id) do update set
           observed_at = excluded.observed_at,
           answered_at = coalesce(excluded.answered_at, o.answered_at),
           failure_code = excluded.failure_code, failure_message = excluded.failure_message`,
        [
          JSON.stringify(observations.map(({ name, failure }) => ({ name, ...(failure && { failure }) }))),
          endpointId,
        ],
      );
    },

    async observeEndpoint(coverage: JsonObject): Promise<void> {
      await manager.query(
        `insert into endpoint_observation (endpoint_id, observed_at, answered_at, coverage)
         values ($1, clock_timestamp(), clock_timestamp(), $2)
         on conflict (endpoint_id) do update set observed_at = excluded.observed_at,
           answered_at = excluded.answered_at, failure_code = null, failure_message = null,
           coverage = excluded.coverage`,
        [endpointId, JSON.stringify(coverage)],
      );
    },

    /** What proofs depend on; `empty` before anything of the endpoint was stored. */
    async known(): Promise<KnownEndpoint & { readonly empty: boolean }> {
      const [row] = await manager.query<
        { identity: string | null; everClustered: boolean; empty: boolean }[]
      >(
        `select cluster_identity as identity,
                exists (select 1 from proxmox_cluster c where c.endpoint_id = e.id and c.mode = 'cluster')
                  as "everClustered",
                not exists (select 1 from proxmox_node n where n.endpoint_id = e.id) as empty
         from endpoint e where e.id = $1`,
        [endpointId],
      );
      return row ?? { identity: null, everClustered: false, empty: true };
    },

    /**
     * Stores the cluster's identity. Returns the name of the enabled endpoint that has it already, if another one does:
     * two endpoints of one cluster would both own its rows.
     */
    async claimIdentity(identity: string): Promise<string | null> {
      const [other] = await manager.query<{ name: string }[]>(
        `select coalesce(name, domain, 'endpoint ' || id) as name from endpoint
         where cluster_identity = $2 and id <> $1 and enabled`,
        [endpointId, identity],
      );
      if (other !== undefined) return other.name;
      await manager.query(
        `update endpoint set cluster_identity = $2 where id = $1 and cluster_identity is distinct from $2`,
        [endpointId, identity],
      );
      return null;
    },

    /** What an endpoint says of itself. Its mode is the operator's word, unless nobody knew it. */
    describeEndpoint: (version: ProxmoxVersion, mode: "standalone" | "cluster" | null): Promise<unknown> =>
      manager.query(describeEndpointStatement, [
        endpointId,
        version.version,
        version.repoid,
        mode,
        ...signature,
      ]),

    /** The virtualization cluster that NetBox clients see, named after the Proxmox cluster; made when missing. */
    async virtualizationCluster(name: string | null): Promise<number | null> {
      const [row] = await manager.query<{ id: number }[]>(virtualizationClusterStatement, [
        endpointId,
        name,
        ...signature,
      ]);
      return row?.id ?? null;
    },

    async held(kind: Kind): Promise<HeldPlan | null> {
      const [row] = await manager.query<HeldPlan[]>(
        `select keys, extract(epoch from clock_timestamp() - held_at)::double precision * 1000 as "ageMs"
         from held_plan where endpoint_id = $1 and kind = $2`,
        [endpointId, kind],
      );
      return row ?? null;
    },

    async hold(kind: Kind, keys: readonly string[]): Promise<void> {
      await manager.query(
        `insert into held_plan (endpoint_id, kind, keys, held_at) values ($1, $2, $3, clock_timestamp())
         on conflict (endpoint_id, kind) do update set keys = excluded.keys, held_at = excluded.held_at`,
        [endpointId, kind, JSON.stringify(keys)],
      );
    },

    async dropHold(kind: Kind): Promise<void> {
      await manager.query(`delete from held_plan where endpoint_id = $1 and kind = $2`, [endpointId, kind]);
    },

    /** Runs `work` so that its failure undoes only itself: a stage that fails does not undo the others. */
    async stage<T>(work: () => Promise<T>): Promise<T> {
      await manager.query("savepoint stage");
      try {
        const result = await work();
        await manager.query("release savepoint stage");
        return result;
      } catch (error) {
        await manager.query("rollback to savepoint stage");
        throw error;
      }
    },
  };
}

/** What else a row says when its object is gone. */
const goneColumns: Record<Kind, string> = {
  nodes: "online = false",
  storage: "enabled = false",
  guests: "status = 'offline'",
  // The removal has come to its end: a state "removing" would never change again.
  replications: "status = 'stale', remove_job = null",
};

function staleStatement(database: Database, kind: Kind): string {
  const spec = mergeSpecs[kind];
  const key = database.source.getMetadata(spec.entity).findColumnWithPropertyName(spec.key)?.databaseName;
  if (key === undefined) throw new Error(`${spec.entity} has no column for ${spec.key}`);
  return updateStatement(database, spec, {
    input: "key text, proof jsonb",
    set: `stale_at = clock_timestamp(), stale_proof = i.proof, ${goneColumns[kind]}`,
    where: `t.${key}::text = i.key and t.stale_at is null`,
  });
}
