import { isDeepStrictEqual } from "node:util";
import { type EntityManager, QueryFailedError } from "typeorm";
import { z } from "zod";
import type { Restriction } from "@proxbox/domain";
import { createReadStore, type ReadStore, type StoredRow } from "../listing/create-read-store.ts";
import type { ReadModel } from "../listing/read-model.ts";
import type { Database } from "../open-database.ts";
import { splitAnnotations, writeAnnotations } from "./annotations.ts";
import { recordChange } from "./record-change.ts";
import { RowNotPermittedError } from "./row-not-permitted-error.ts";
import { UniqueViolationError } from "./unique-violation-error.ts";

/** Values by field name, as a request gave them. */
export type WrittenValues = Readonly<Record<string, unknown>>;

/** Who changes a row, and how the change log is to describe it. */
export interface RowChange {
  readonly user: { readonly id: number; readonly username: string };
  readonly requestId: string;
  readonly message: string;
  readonly objectType: string;
  /** Which rows the user may write; null or absent: all. It holds for a row as it was, and as it becomes. */
  readonly restriction?: Restriction | null;
  describe(row: StoredRow): { readonly display: string; readonly data: Readonly<Record<string, unknown>> };
}

/** A resource's rows, read by list queries and written one by one, each write with its change-log entry. */
export interface LoggedStore extends ReadStore {
  /** Throws UniqueViolationError and RowNotPermittedError, as `update` does. */
  create(values: WrittenValues, change: RowChange): Promise<StoredRow>;
  /** `decide` sees the locked row, and answers what to store or throws. Null: there is no such row. */
  update(
    id: number,
    decide: (current: StoredRow) => WrittenValues,
    change: RowChange,
  ): Promise<StoredRow | null>;
  /** `check` sees the locked row, and throws where it must stay. False: there is no such row. */
  delete(id: number, check: (current: StoredRow) => void, change: RowChange): Promise<boolean>;
}

/** How the rows of one table are written; called inside the transaction. */
export interface RowWriter {
  readonly table: string;
  insert(manager: EntityManager, values: WrittenValues): Promise<number>;
  /** Answers whether something was stored that a reader cannot see, such as a password. */
  update(manager: EntityManager, id: number, values: WrittenValues): Promise<{ secretsChanged: boolean }>;
}

/** Joins a read model and a writer to a store. */
export function createLoggedStore({ source }: Database, model: ReadModel, writer: RowWriter): LoggedStore {
  const transaction = <T>(work: (manager: EntityManager) => Promise<T>): Promise<T> =>
    translatingViolations(() => source.transaction(work));
  return {
    ...createReadStore(source, model),

    create: (values, change) =>
      transaction(async (manager) => {
        const { columns, annotations } = splitAnnotations(values);
        const id = await writer.insert(manager, columns);
        await writeAnnotations(manager, { table: writer.table, type: change.objectType, id }, annotations);
        const row = await existing(manager, model, id);
        await requirePermitted(manager, { model, id, change });
        const { display, data } = change.describe(row);
        await recordChange(manager, { ...change, objectId: id, display, before: null, after: data });
        return row;
      }),

    update: (id, decide, change) =>
      transaction(async (manager) => {
        const before = await lock(manager, { model, table: writer.table, id, change });
        if (before === null) return null;
        const { columns, annotations } = splitAnnotations(decide(before));
        const { secretsChanged } = await writer.update(manager, id, columns);
        await writeAnnotations(manager, { table: writer.table, type: change.objectType, id }, annotations);
        const after = await existing(manager, model, id);
        await requirePermitted(manager, { model, id, change });
        await recordUpdate(manager, { change, before, after, secretsChanged });
        return after;
      }),

    delete: (id, check, change) =>
      transaction(async (manager) => {
        const before = await lock(manager, { model, table: writer.table, id, change });
        if (before === null) return false;
        check(before);
        const { display, data } = change.describe(before);
        await recordChange(manager, { ...change, objectId: id, display, before: data, after: null });
        await manager.query(`delete from ${writer.table} where id = $1`, [id]);
        return true;
      }),
  };
}

interface Update {
  readonly change: RowChange;
  readonly before: StoredRow;
  readonly after: StoredRow;
  readonly secretsChanged: boolean;
}

/** A write that changes nothing moves `last_updated`, but is no change (contract W-1). */
async function recordUpdate(
  manager: EntityManager,
  { change, before, after, secretsChanged }: Update,
): Promise<void> {
  const { data: old } = change.describe(before);
  const { display, data } = change.describe(after);
  const isSame = isDeepStrictEqual({ ...old, last_updated: null }, { ...data, last_updated: null });
  if (isSame && !secretsChanged) return;
  await recordChange(manager, { ...change, objectId: after.id, display, before: old, after: data });
}

interface Permitted {
  readonly model: ReadModel;
  readonly id: number;
  readonly change: Pick<RowChange, "restriction">;
}

/** Null: there is no such row, or it is none that may be written. */
async function lock(
  manager: EntityManager,
  { model, table, id, change }: Permitted & { table: string },
): Promise<StoredRow | null> {
  await manager.query(`select 1 from ${table} where id = $1 for update`, [id]);
  return createReadStore(manager, model).get(id, change.restriction);
}

/** Nobody writes a row out of his own reach (contract A-9). Throws RowNotPermittedError. */
async function requirePermitted(manager: EntityManager, { model, id, change }: Permitted): Promise<void> {
  if ((change.restriction ?? null) === null) return;
  if ((await createReadStore(manager, model).get(id, change.restriction)) === null) {
    throw new RowNotPermittedError();
  }
}

async function existing(manager: EntityManager, model: ReadModel, id: number): Promise<StoredRow> {
  const row = await createReadStore(manager, model).get(id);
  if (row === null) throw new Error(`Row ${id} of ${model.table} is gone inside its own transaction`);
  return row;
}

const uniqueViolation = z.object({ code: z.literal("23505"), constraint: z.string() });

async function translatingViolations<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const driverError: unknown = error instanceof QueryFailedError ? error.driverError : null;
    const parsed = uniqueViolation.safeParse(driverError);
    if (parsed.success) throw new UniqueViolationError(parsed.data.constraint, { cause: error });
    throw error;
  }
}
