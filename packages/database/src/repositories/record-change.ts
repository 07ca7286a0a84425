import type { EntityManager } from "typeorm";

/** One entry of the change log. `before` is null for a creation, `after` for a deletion; neither holds a secret. */
export interface ObjectChange {
  readonly user: { readonly id: number; readonly username: string };
  /** The request's id, a UUID. */
  readonly requestId: string;
  readonly message: string;
  readonly objectType: string;
  readonly objectId: number;
  readonly display: string;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
}

/** Writes a change-log entry in the transaction of the change itself. */
export async function recordChange(manager: EntityManager, change: ObjectChange): Promise<void> {
  const action = change.before === null ? "create" : change.after === null ? "delete" : "update";
  await manager.query(
    `insert into object_change (user_id, user_name, request_id, action, changed_object_type, changed_object_id,
       object_repr, message, prechange_data, postchange_data)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      change.user.id,
      change.user.username,
      change.requestId,
      action,
      change.objectType,
      change.objectId,
      change.display,
      change.message,
      change.before === null ? null : JSON.stringify(change.before),
      change.after === null ? null : JSON.stringify(change.after),
    ],
  );
}
