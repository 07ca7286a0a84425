import { afterAll, beforeAll, expect, test } from "@jest/globals";
import {
  newAuthor,
  nodeRow,
  openSyncFixture,
  replicationRow,
  type SyncFixture,
  writeInventory,
} from "./sync-fixture.ts";

let db: SyncFixture;
const assignments = () =>
  db.query<{ object_type: string; tag_id: number }>(
    "select object_type, tag_id from tagged_item order by object_type, object_id, tag_id",
  );

beforeAll(async () => {
  db = await openSyncFixture();
});
afterAll(() => db.close());

test("a sync keeps the tags of what it writes, and names them in the change log", async () => {
  const endpointId = await db.addEndpoint("tagged");
  await db.write(endpointId, (writer) => writeInventory(writer));
  await db.query(
    "insert into tag (id, name, slug, weight) values (1, 'Prod', 'prod', 2), (2, 'Gold', 'gold', 1)",
  );
  await db.query(`
    insert into tagged_item (object_type, object_id, tag_id)
    select 'netbox_proxbox.replication', r.id, t.id from replication r, tag t where r.replication_id = '100-0'
    union all select 'netbox_proxbox.proxmoxnode', n.id, 1 from proxmox_node n where n.name = 'pve1'`);
  const before = await assignments();

  const author = newAuthor();
  await db.write(
    endpointId,
    async (writer) => {
      await writer.merge("nodes", [nodeRow("pve1", { online: false })], null);
      await writer.merge(
        "replications",
        [replicationRow(100, 0, { comment: "changed" }), replicationRow(101, 0, { comment: "changed" })],
        null,
      );
    },
    author,
  );

  expect(before).toHaveLength(3);
  expect(await assignments()).toEqual(before);
  const changes = await db.changes(author.requestId);
  expect(
    changes.map((change) => [
      change.changed_object_type,
      change.prechange_data?.["tags"],
      change.postchange_data?.["tags"],
    ]),
  ).toEqual([
    ["netbox_proxbox.proxmoxnode", ["Prod"], ["Prod"]],
    ["netbox_proxbox.replication", ["Gold", "Prod"], ["Gold", "Prod"]],
    ["netbox_proxbox.replication", [], []],
  ]);
});

test("a deleted endpoint takes the tags of all that it leads to", async () => {
  expect(await assignments()).not.toEqual([]);
  await db.query("delete from endpoint where name = 'tagged'");
  expect(await assignments()).toEqual([]);
});

test("a new type of objects with custom fields has its tags removed with its rows", async () => {
  const forgetful = await db.query(
    `select c.table_name from information_schema.columns c
     where c.column_name = 'custom_field_data' and c.table_name <> 'schedule' and not exists
       (select 1 from pg_trigger t where t.tgrelid = c.table_name::regclass and t.tgfoid = 'forget_tags'::regproc)`,
  );
  expect(forgetful).toEqual([]);
});
