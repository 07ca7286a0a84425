const moved = (alias: string) =>
  `last_updated = greatest(clock_timestamp(), ${alias}.last_updated + interval '1 microsecond')`;

/**
 * What the endpoint itself learns from a sync, with its change log. Parameters: the endpoint's id, version, repoid,
 * mode or null, the user's id, the user's name, the request id. Writes nothing when nothing differs (rule R5).
 */
export const describeEndpointStatement = `
  with before as (select * from endpoint where id = $1),
  said as (
    select id, left($2::text, 20) as version, left($3::text, 16) as repoid,
           case when mode = 'undefined' then coalesce($4::text, mode) else mode end as mode
    from before
  ),
  written as (
    update endpoint e set version = said.version, repoid = said.repoid, mode = said.mode, ${moved("e")}
    from said
    where e.id = said.id and (e.version, e.repoid, e.mode) is distinct from (said.version, said.repoid, said.mode)
    returning e.*
  )
  insert into object_change (user_id, user_name, request_id, action, changed_object_type, changed_object_id,
                             object_repr, prechange_data, postchange_data)
  select $5::integer, $6::text, $7::uuid, 'update', 'netbox_proxbox.proxmoxendpoint', w.id,
         coalesce(w.name, 'Proxmox endpoint') || coalesce(' (' || w.domain || ')', ''),
         jsonb_build_object('version', b.version, 'repoid', b.repoid, 'mode', b.mode),
         jsonb_build_object('version', w.version, 'repoid', w.repoid, 'mode', w.mode)
  from written w join before b on b.id = w.id`;

/**
 * Makes or renames the endpoint's virtualization cluster, with its change log, and answers its id. Parameters: the
 * endpoint's id, the name or null (then nothing is made or renamed), the user's id, the user's name, the request id.
 */
export const virtualizationClusterStatement = `
  with stored as (select id, name from virtualization_cluster where endpoint_id = $1),
  renamed as (
    update virtualization_cluster t set name = $2::text, ${moved("t")}
    from stored s where t.id = s.id and s.name <> $2::text
    returning t.id, s.name as old_name
  ),
  created as (
    insert into virtualization_cluster (endpoint_id, name, type_id)
    select $1::integer, $2::text, (select id from cluster_type where slug = 'proxmox-ve') where $2::text is not null and not exists (select 1 from stored)
    returning id
  ),
  logged as (
    insert into object_change (user_id, user_name, request_id, action, changed_object_type, changed_object_id,
                               object_repr, prechange_data, postchange_data)
    select $3::integer, $4::text, $5::uuid, action, 'virtualization.cluster', id, $2::text, before,
           jsonb_build_object('name', $2::text)
    from (
      select id, 'update' as action, jsonb_build_object('name', old_name) as before from renamed
      union all select id, 'create', null from created
    ) changed
  )
  select id from stored union all select id from created`;
