import { isDeepStrictEqual } from "node:util";
import type { EntityManager } from "typeorm";
import type { ListQuery } from "@proxbox/domain";
import { createReadStore, type StoredRow } from "../listing/create-read-store.ts";
import type { ReadModel } from "../listing/read-model.ts";
import { splitAnnotations, writeAnnotations } from "./annotations.ts";
import type { RowChange, RowWrite, RowWriter, WrittenValues } from "./logged-store.ts";
import { recordChanges } from "./record-change.ts";
import { RowNotPermittedError } from "./row-not-permitted-error.ts";

/** What the parts of a write share. */
export interface WriteContext {
  readonly model: ReadModel;
  readonly writer: RowWriter;
  readonly change: RowChange;
}

/** Those of the rows that may be written, locked, in their default order. */
export async function lockRows(
  manager: EntityManager,
  { model, writer, change }: WriteContext,
  ids: readonly number[],
): Promise<readonly StoredRow[]> {
  if (ids.length === 0) return [];
  // In one order for everybody, so that two requests never wait for each other.
  await manager.query(`select 1 from ${writer.table} where id = any($1::integer[]) order by id for update`, [
    ids,
  ]);
  const query = { ...byIds(ids), restriction: change.restriction ?? null };
  return (await createReadStore(manager, model).list(query)).rows;
}

/** Throws RowNotPermittedError where a row would be outside of what its writer may write. */
export async function insertRows(
  manager: EntityManager,
  context: WriteContext,
  writes: readonly RowWrite[],
): Promise<readonly StoredRow[]> {
  if (writes.length === 0) return [];
  const parts = writes.map(({ values }) => splitAnnotations(values));
  const ids = await insert(
    manager,
    context.writer,
    parts.map(({ columns }) => columns),
  );
  await annotate(manager, context, { ids, parts });
  const rows = await writtenRows(manager, context, ids);
  const entries = rows.map((row, index) => {
    const { display, data } = context.change.describe(row);
    const message = writes[index]?.message ?? "";
    return { objectId: row.id, message, display, before: null, after: data };
  });
  await recordChanges(manager, context.change, entries);
  return rows;
}

interface RowUpdate extends RowWrite {
  readonly before: StoredRow;
}

/** As `insertRows`. A write that changes nothing moves `last_updated`, but is no change (contract W-1). */
export async function updateRows(
  manager: EntityManager,
  context: WriteContext,
  updates: readonly RowUpdate[],
): Promise<readonly StoredRow[]> {
  if (updates.length === 0) return [];
  const parts = updates.map(({ values }) => splitAnnotations(values));
  const ids = updates.map(({ before }) => before.id);
  const edits = ids.map((id, index) => ({ id, values: parts[index]?.columns ?? {} }));
  const withNewSecrets = await update(manager, context.writer, edits);
  await annotate(manager, context, { ids, parts });
  const rows = await writtenRows(manager, context, ids);
  const entries = rows.flatMap((after, index) => {
    const written = updates[index];
    if (written === undefined) return [];
    const { data: old } = context.change.describe(written.before);
    const { display, data } = context.change.describe(after);
    const isSame = isDeepStrictEqual({ ...old, last_updated: null }, { ...data, last_updated: null });
    if (isSame && !withNewSecrets.has(after.id)) return [];
    return [{ objectId: after.id, message: written.message, display, before: old, after: data }];
  });
  await recordChanges(manager, context.change, entries);
  return rows;
}

/** Deletes locked rows. */
export async function deleteRows(
  manager: EntityManager,
  { writer, change }: WriteContext,
  { before, messages }: { before: readonly StoredRow[]; messages: readonly string[] },
): Promise<void> {
  if (before.length === 0) return;
  const entries = before.map((row, index) => {
    const { display, data } = change.describe(row);
    return { objectId: row.id, message: messages[index] ?? "", display, before: data, after: null };
  });
  await recordChanges(manager, change, entries);
  await manager.query(`delete from ${writer.table} where id = any($1::integer[])`, [
    before.map(({ id }) => id),
  ]);
}

async function insert(
  manager: EntityManager,
  writer: RowWriter,
  rows: readonly WrittenValues[],
): Promise<readonly number[]> {
  if (writer.insertMany !== undefined) return writer.insertMany(manager, rows);
  const ids: number[] = [];
  for (const row of rows) ids.push(await writer.insert(manager, row));
  return ids;
}

/** The ids of the rows of which something was stored that a reader cannot see. */
async function update(
  manager: EntityManager,
  writer: RowWriter,
  rows: readonly { readonly id: number; readonly values: WrittenValues }[],
): Promise<ReadonlySet<number>> {
  const withNewSecrets = new Set<number>();
  if (writer.updateMany !== undefined) {
    await writer.updateMany(manager, rows);
    return withNewSecrets;
  }
  for (const { id, values } of rows) {
    const { secretsChanged } = await writer.update(manager, id, values);
    if (secretsChanged) withNewSecrets.add(id);
  }
  return withNewSecrets;
}

async function annotate(
  manager: EntityManager,
  { writer, change }: WriteContext,
  { ids, parts }: { ids: readonly number[]; parts: readonly ReturnType<typeof splitAnnotations>[] },
): Promise<void> {
  const objects = ids.map((id, index) => ({ id, annotations: parts[index]?.annotations ?? {} }));
  await writeAnnotations(manager, { table: writer.table, type: change.objectType }, objects);
}

/** The rows as they are now, in the order of `ids`. Nobody writes a row out of his own reach (contract A-9). */
async function writtenRows(
  manager: EntityManager,
  { model, change }: WriteContext,
  ids: readonly number[],
): Promise<readonly StoredRow[]> {
  const query = { ...byIds(ids), restriction: change.restriction ?? null };
  const { rows } = await createReadStore(manager, model).list(query);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => {
    const row = byId.get(id);
    if (row === undefined) throw new RowNotPermittedError();
    return row;
  });
}

function byIds(ids: readonly number[]): ListQuery {
  return {
    where: [{ test: "in", field: "id", values: ids, orNull: false, negated: false }],
    search: null,
    order: [],
    page: { by: "offset", offset: 0, limit: null },
  };
}
