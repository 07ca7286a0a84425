import type { EntityManager } from "typeorm";

/** One entry of the change log. `before` is null for a creation, `after` for a deletion; neither holds a secret. */
export interface ObjectChange {
  readonly message: string;
  readonly objectId: number;
  readonly display: string;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
}

/** What the entries of one request have in common. */
export interface ChangeOrigin {
  readonly user: { readonly id: number; readonly username: string };
  /** The request's id, a UUID. */
  readonly requestId: string;
  readonly objectType: string;
}

/** Writes change-log entries in the transaction of the changes themselves, in their order. */
export async function recordChanges(
  manager: EntityManager,
  { user, requestId, objectType }: ChangeOrigin,
  changes: readonly ObjectChange[],
): Promise<void> {
  if (changes.length === 0) return;
  const entries = changes.map(({ message, objectId, display, before, after }) => ({
    message,
    id: objectId,
    display,
    action: before === null ? "create" : after === null ? "delete" : "update",
    before,
    after,
  }));
  await manager.query(
    `insert into object_change (user_id, user_name, request_id, changed_object_type, action, changed_object_id,
       object_repr, message, prechange_data, postchange_data)
     select $1::integer, $2, $3::uuid, $4, entry.value->>'action', (entry.value->>'id')::integer,
       entry.value->>'display', entry.value->>'message',
       nullif(entry.value->'before', 'null'::jsonb), nullif(entry.value->'after', 'null'::jsonb)
     from jsonb_array_elements($5::jsonb) with ordinality as entry(value, position) order by entry.position`,
    [user.id, user.username, requestId, objectType, JSON.stringify(entries)],
  );
}
