import type { EntityManager } from "typeorm";
import type { Restriction } from "@proxbox/domain";
import { createReadStore, type ReadStore, type StoredRow } from "../listing/create-read-store.ts";
import type { ReadModel } from "../listing/read-model.ts";
import type { Database } from "../open-database.ts";
import { deleteRows, insertRows, lockRows, updateRows, type WriteContext } from "./logged-rows.ts";
import { translatingProtection } from "./protected-row-error.ts";
import { BatchRefusedError, translatingViolations, UniqueViolationError } from "./unique-violation-error.ts";

/** Values by field name, as a request gave them. */
export type WrittenValues = Readonly<Record<string, unknown>>;

/** Who changes rows, and how the change log is to describe them. */
export interface RowChange {
  readonly user: { readonly id: number; readonly username: string };
  readonly requestId: string;
  /** For the change of a single row. */
  readonly message: string;
  readonly objectType: string;
  /** Which rows the user may write; null or absent: all. It holds for a row as it was, and as it becomes. */
  readonly restriction?: Restriction | null;
  describe(row: StoredRow): { readonly display: string; readonly data: Readonly<Record<string, unknown>> };
}

/** One row's part in a write of many. */
export interface RowWrite {
  readonly values: WrittenValues;
  readonly message: string;
}

/**
 * A resource's rows, read by list queries and written with their change-log entries; every call is one transaction.
 * Writes throw UniqueViolationError, RowNotPermittedError and, where rows must stay, ProtectedRowError.
 */
export interface LoggedStore extends ReadStore {
  create(values: WrittenValues, change: RowChange): Promise<StoredRow>;
  /** `decide` sees the locked row, and answers what to store or throws. Null: there is no such row. */
  update(
    id: number,
    decide: (current: StoredRow) => WrittenValues,
    change: RowChange,
  ): Promise<StoredRow | null>;
  /** `check` sees the locked row, and throws where it must stay. False: there is no such row. */
  delete(id: number, check: (current: StoredRow) => void, change: RowChange): Promise<boolean>;
  /** The rows in the order of `writes`. Throws BatchRefusedError where values of some of several rows are taken. */
  createMany(writes: readonly RowWrite[], change: RowChange): Promise<readonly StoredRow[]>;
  /** `decide` sees the locked rows in their default order. Ids without a row are left out. */
  updateMany(
    ids: readonly number[],
    decide: (current: readonly StoredRow[]) => readonly RowWrite[],
    change: RowChange,
  ): Promise<readonly StoredRow[]>;
  /** `decide` sees the locked rows in their default order, and answers their messages for the change log. */
  deleteMany(
    ids: readonly number[],
    decide: (current: readonly StoredRow[]) => readonly string[],
    change: RowChange,
  ): Promise<void>;
}

/** How the rows of one table are written; called inside the transaction. */
export interface RowWriter {
  readonly table: string;
  insert(manager: EntityManager, values: WrittenValues): Promise<number>;
  /** Answers whether something was stored that a reader cannot see, such as a password. */
  update(manager: EntityManager, id: number, values: WrittenValues): Promise<{ secretsChanged: boolean }>;
  /** Many rows by few statements, where the writer can; their ids in the order of the rows. */
  insertMany?(manager: EntityManager, rows: readonly WrittenValues[]): Promise<readonly number[]>;
  /** As `insertMany`; for rows without secrets only. */
  updateMany?(
    manager: EntityManager,
    rows: readonly { readonly id: number; readonly values: WrittenValues }[],
  ): Promise<void>;
}

/** Joins a read model and a writer to a store. */
export function createLoggedStore({ source }: Database, model: ReadModel, writer: RowWriter): LoggedStore {
  const transaction = <T>(work: (manager: EntityManager) => Promise<T>): Promise<T> =>
    translatingViolations(() => source.transaction(work));
  const contextOf = (change: RowChange): WriteContext => ({ model, writer, change });

  /** The fast way first: only where a value is taken does it matter which row it was, and what came before it. */
  const inOneOrInSteps = async <T>(
    count: number,
    all: () => Promise<T>,
    steps: () => Promise<T>,
  ): Promise<T> => {
    try {
      return await all();
    } catch (error) {
      if (error instanceof UniqueViolationError && count > 1) return steps();
      throw error;
    }
  };

  const store: Pick<LoggedStore, "createMany" | "updateMany" | "deleteMany"> = {
    createMany: (writes, change) =>
      inOneOrInSteps(
        writes.length,
        () => transaction((manager) => insertRows(manager, contextOf(change), writes)),
        () => transaction((manager) => insertInSteps(manager, contextOf(change), writes)),
      ),

    updateMany: (ids, decide, change) => {
      const update = (inSteps: boolean): Promise<readonly StoredRow[]> =>
        transaction(async (manager) => {
          const context = contextOf(change);
          const before = await lockRows(manager, context, ids);
          const writes = decide(before);
          const updates = before.flatMap((row, index) => {
            const write = writes[index];
            return write === undefined ? [] : [{ ...write, before: row }];
          });
          if (!inSteps) return updateRows(manager, context, updates);
          const after: StoredRow[] = [];
          for (const one of updates) after.push(...(await updateRows(manager, context, [one])));
          return after;
        });
      return inOneOrInSteps(
        ids.length,
        () => update(false),
        () => update(true),
      );
    },

    deleteMany: (ids, decide, change) =>
      translatingProtection({ source, table: writer.table, ids }, () =>
        transaction(async (manager) => {
          const context = contextOf(change);
          const before = await lockRows(manager, context, ids);
          await deleteRows(manager, context, { before, messages: decide(before) });
        }),
      ),
  };

  return {
    ...createReadStore(source, model),
    ...store,

    create: async (values, change) => {
      const [row] = await store.createMany([{ values, message: change.message }], change);
      if (row === undefined) throw new Error(`A new row of ${writer.table} is missing`);
      return row;
    },

    update: async (id, decide, change) => {
      const { message } = change;
      const all = (rows: readonly StoredRow[]): RowWrite[] =>
        rows.map((row) => ({ values: decide(row), message }));
      const [row] = await store.updateMany([id], all, change);
      return row ?? null;
    },

    delete: async (id, check, change) => {
      let isFound = false;
      const decide = (rows: readonly StoredRow[]): string[] => {
        isFound = rows.length > 0;
        rows.forEach(check);
        return rows.map(() => change.message);
      };
      await store.deleteMany([id], decide, change);
      return isFound;
    },
  };
}

/** Row by row, to learn which of them have values that are taken. Throws BatchRefusedError. */
async function insertInSteps(
  manager: EntityManager,
  context: WriteContext,
  writes: readonly RowWrite[],
): Promise<readonly StoredRow[]> {
  const rows: StoredRow[] = [];
  const violations: { index: number; constraint: string }[] = [];
  for (const [index, write] of writes.entries()) {
    try {
      // A transaction inside a transaction is a savepoint: what comes after a refused row can still be tried.
      const step = () => manager.transaction((inner) => insertRows(inner, context, [write]));
      rows.push(...(await translatingViolations(step)));
    } catch (error) {
      if (!(error instanceof UniqueViolationError)) throw error;
      violations.push({ index, constraint: error.constraint });
    }
  }
  if (violations.length > 0) throw new BatchRefusedError(violations);
  return rows;
}
