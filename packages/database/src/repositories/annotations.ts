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
type Annotations = z.infer<typeof annotationsSchema>;

/** Takes the annotations out of the values of an object's own columns. */
export function splitAnnotations(values: WrittenValues): {
  readonly columns: WrittenValues;
  readonly annotations: Annotations;
} {
  const { tags: _, customFieldData: __, ...columns } = values;
  return { columns, annotations: annotationsSchema.parse(values) };
}

/** Writes the annotations of one object, in the transaction that writes the object. */
export async function writeAnnotations(
  manager: EntityManager,
  object: { readonly table: string; readonly type: string; readonly id: number },
  { tags, customFieldData }: Annotations,
): Promise<void> {
  if (customFieldData !== undefined) {
    await manager.query(`update ${object.table} set custom_field_data = $2 where id = $1`, [
      object.id,
      JSON.stringify(customFieldData),
    ]);
  }
  if (tags === undefined) return;
  await manager.query(
    "delete from tagged_item where object_type = $1 and object_id = $2 and tag_id <> all($3::integer[])",
    [object.type, object.id, tags],
  );
  if (tags.length === 0) return;
  // A tag that was deleted meanwhile is left out.
  await manager.query(
    `insert into tagged_item (object_type, object_id, tag_id)
     select $1, $2, tag.id from tag where tag.id = any($3::integer[]) on conflict do nothing`,
    [object.type, object.id, tags],
  );
}
