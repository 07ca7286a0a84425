const columns = [
  "listed",
  "state_lost",
  "last_sync",
  "last_try",
  "next_sync",
  "duration",
  "fail_count",
  "error",
  "pid",
];

/** Parameters: the rows as JSON, the endpoint's id. Writes only rows that differ (rule R5). */
export const mergeRuntimesStatement = `
  with written as (
    insert into replication_runtime as t (replication_id, ${columns.join(", ")})
    select r.id, i.listed, i."stateLost", to_timestamp(i."lastSync"), to_timestamp(i."lastTry"),
           to_timestamp(i."nextSync"), i.duration, i."failCount", i.error, i.pid
    from jsonb_to_recordset($1::jsonb) as i (
      "replicationId" text, listed boolean, "stateLost" boolean, "lastSync" double precision,
      "lastTry" double precision, "nextSync" double precision, duration double precision, "failCount" integer,
      error text, pid integer)
    join replication r on r.endpoint_id = $2 and r.replication_id = i."replicationId"
    on conflict (replication_id) do update set
      ${columns.map((column) => `${column} = excluded.${column}`).join(", ")}
    where ${columns.map((column) => `t.${column} is distinct from excluded.${column}`).join(" or ")}
    returning 1
  )
  select count(*)::integer as written from written`;
