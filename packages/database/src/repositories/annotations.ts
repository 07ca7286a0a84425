import type { EntityManager } from "typeorm";
import { z } from "zod";
import type { WrittenValues } from "./logged-store.ts";

const annotationsSchema = z.object({
  /** The ids of all tags that the object is to have. */
  tags: z.array(z.number()).exactOptional(),
  /** All values of custom fields that the object is to have. */
  customFieldData: z.record(z.string(), z.unknown()).exactOptional(),
});

/** What operators note on objects of every type: tags and custom fields. What is absent stays as it is. */
export type Annotations = z.infer<typeof annotationsSchema>;

/** Takes the annotations out of the values of an object's own columns. */
export function splitAnnotations(values: WrittenValues): {
  readonly columns: WrittenValues;
  readonly annotations: Annotations;
} {
  const { tags: _, customFieldData: __, ...columns } = values;
  return { columns, annotations: annotationsSchema.parse(values) };
}

/** Writes the annotations of objects of one type, in the transaction that writes the objects. */
export async function writeAnnotations(
  manager: EntityManager,
  { table, type }: { readonly table: string; readonly type: string },
  objects: readonly { readonly id: number; readonly annotations: Annotations }[],
): Promise<void> {
  const data = objects.flatMap(({ id, annotations: { customFieldData } }) =>
    customFieldData === undefined ? [] : [{ id, data: customFieldData }],
  );
  if (data.length > 0) {
    await manager.query(
      `update ${table} object set custom_field_data = written.data
       from jsonb_to_recordset($1::jsonb) as written(id integer, data jsonb) where object.id = written.id`,
      [JSON.stringify(data)],
    );
  }
  const tagged = objects.flatMap(({ id, annotations: { tags } }) =>
    tags === undefined ? [] : [{ id, tags }],
  );
  if (tagged.length === 0) return;
  await manager.query(
    `delete from tagged_item item using jsonb_to_recordset($2::jsonb) as written(id integer, tags jsonb)
     where item.object_type = $1 and item.object_id = written.id and not written.tags @> to_jsonb(item.tag_id)`,
    [type, JSON.stringify(tagged)],
  );
  // A tag that was deleted meanwhile is left out.
  await manager.query(
    `insert into tagged_item (object_type, object_id, tag_id)
     select $1, written.id, tag.id from jsonb_to_recordset($2::jsonb) as written(id integer, tags jsonb)
     cross join lateral jsonb_array_elements(written.tags) as given(id)
     join tag on tag.id = given.id::integer on conflict do nothing`,
    [type, JSON.stringify(tagged)],
  );
}
