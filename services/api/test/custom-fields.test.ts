import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { type Answer, type ApiFixture, createApiFixture, idsOf } from "./api-fixture.ts";
import { seedInventory } from "./inventory.ts";

const fieldsPath = "/api/extras/custom-fields/";
const choiceSetsPath = "/api/extras/custom-field-choice-sets/";
const endpointsPath = "/api/plugins/proxbox/endpoints/proxmox/";
const endpointType = "netbox_proxbox.proxmoxendpoint";
const withFields = z.looseObject({ custom_fields: z.record(z.string(), z.unknown()) });

describe("custom fields", () => {
  let api: ApiFixture;
  const send = (method: string, path: string, body: unknown): Promise<Answer> =>
    api.call(path, { method, body });
  const define = async (name: string, type: string, more: object = {}): Promise<number> => {
    const answer = await send("POST", fieldsPath, { object_types: [endpointType], name, type, ...more });
    if (answer.status !== 201) throw new Error(answer.text);
    return z.looseObject({ id: z.number() }).parse(answer.body).id;
  };
  const patch = (values: unknown, id = 1): Promise<Answer> =>
    send("PATCH", `${endpointsPath}${id}/`, { custom_fields: values });
  const refused = async (values: unknown): Promise<unknown> => {
    const answer = await patch(values);
    expect({ status: answer.status, values }).toEqual({ status: 400, values });
    return answer.body;
  };
  const invalid = (name: string, message: string) => ({
    __all__: [`Invalid value for custom field '${name}': ${message}`],
  });
  const valuesOf = ({ body }: Answer): unknown => withFields.parse(body).custom_fields;
  const found = async (query: string): Promise<number[]> =>
    idsOf(await api.call(`${endpointsPath}?ordering=id&${query}`));

  beforeAll(async () => {
    api = await createApiFixture();
    await seedInventory(api);
    await api.query("insert into endpoint (id, name, domain, mode) values (3, 'c', 'c.example', 'cluster')");
    const choices = {
      name: "cs",
      extra_choices: [
        ["a", "A"],
        ["b", "B"],
        ["ab", "AB"],
      ],
    };
    expect((await send("POST", choiceSetsPath, choices)).status).toBe(201);
    await define("txt", "text");
    await define("exact", "text", { filter_logic: "exact" });
    await define("off", "text", { filter_logic: "disabled" });
    await define("num", "integer", { validation_minimum: 1, validation_maximum: 100 });
    await define("dec", "decimal");
    await define("flag", "boolean");
    await define("day", "date");
    await define("moment", "datetime");
    await define("link", "url");
    await define("doc", "json");
    await define("sel", "select", { choice_set: { name: "cs" } });
    await define("multi", "multiselect", { choice_set: 1 });
    await define("vm", "object", { related_object_type: "virtualization.virtualmachine" });
    await define("vms", "multiobject", { related_object_type: "virtualization.virtualmachine" });
    await define("code", "text", { validation_regex: "^[A-Z]{3}$" });
  });
  afterAll(() => api.close());

  test("definitions and choice sets in full", async () => {
    const [field] = z
      .looseObject({ results: z.array(z.unknown()) })
      .parse((await api.call(`${fieldsPath}?name=sel`)).body).results;
    expect(field).toEqual({
      id: 11,
      url: `${api.origin}${fieldsPath}11/`,
      display_url: `${api.origin}/extras/custom-fields/11/`,
      display: "Sel",
      object_types: [endpointType],
      type: { value: "select", label: "Selection" },
      related_object_type: null,
      data_type: "string",
      name: "sel",
      label: "",
      group_name: "",
      description: "",
      required: false,
      unique: false,
      search_weight: 1000,
      filter_logic: { value: "loose", label: "Loose" },
      ui_visible: { value: "always", label: "Always" },
      ui_editable: { value: "yes", label: "Yes" },
      is_cloneable: false,
      default: null,
      related_object_filter: null,
      weight: 100,
      validation_minimum: null,
      validation_maximum: null,
      validation_regex: "",
      choice_set: {
        id: 1,
        url: `${api.origin}${choiceSetsPath}1/`,
        display: "cs",
        name: "cs",
        description: "",
        choices_count: 3,
      },
      owner: null,
      comments: "",
      created: expect.any(String),
      last_updated: expect.any(String),
    });
    expect((await api.call(`${choiceSetsPath}1/`)).body).toMatchObject({
      display_url: `${api.origin}/extras/custom-field-choice-sets/1/`,
      base_choices: null,
      extra_choices: [
        ["a", "A"],
        ["b", "B"],
        ["ab", "AB"],
      ],
      order_alphabetically: false,
      choices_count: 3,
    });
  });

  test("every defined field is read, null where it has no value", async () => {
    expect(valuesOf(await api.call(`${endpointsPath}3/`))).toEqual({
      code: null,
      day: null,
      dec: null,
      doc: null,
      exact: null,
      flag: null,
      link: null,
      moment: null,
      multi: null,
      num: null,
      off: null,
      sel: null,
      txt: null,
      vm: null,
      vms: null,
    });
    expect(valuesOf(await api.call("/api/virtualization/virtual-machines/1/"))).toEqual({});
  });

  test("values of all types are written and merged, related objects read back in brief", async () => {
    const first = await patch({
      txt: "Hello World",
      exact: "Exact",
      off: "x",
      num: 5,
      dec: 1.5,
      flag: true,
      day: "2026-11-23",
      moment: "2026-11-23T10:00:00+00:00",
      link: "https://pve.example",
      doc: { a: [1] },
      sel: "a",
      multi: ["a", "b"],
      vm: { id: 1 },
    });
    expect({ status: first.status, text: first.text }).toMatchObject({ status: 200 });
    const second = await patch({ vms: [1, "3"], code: "ABC" });
    expect(valuesOf(second)).toEqual({
      txt: "Hello World",
      exact: "Exact",
      off: "x",
      num: 5,
      dec: 1.5,
      flag: true,
      day: "2026-11-23",
      moment: "2026-11-23T10:00:00Z",
      link: "https://pve.example",
      doc: { a: [1] },
      sel: "a",
      multi: ["a", "b"],
      code: "ABC",
      vm: {
        id: 1,
        url: `${api.origin}/api/virtualization/virtual-machines/1/`,
        display: "vm100",
        name: "vm100",
        description: "",
      },
      vms: [expect.objectContaining({ id: 1 }), expect.objectContaining({ id: 3, name: "Vm9" })],
    });
    const [entry] = await api.query(
      `select postchange_data->'custom_fields'->'vms' as vms from object_change
       where changed_object_type = '${endpointType}' order by id desc limit 1`,
    );
    expect(entry).toEqual({ vms: [1, 3] });
    const put = await send("PUT", `${endpointsPath}1/`, {
      mode: "cluster",
      domain: "pve1.example",
      custom_fields: { txt: "other" },
    });
    expect(valuesOf(put)).toMatchObject({ txt: "other", num: 5 });
    expect(valuesOf(await patch({ txt: "Hello World" }))).toMatchObject({ txt: "Hello World" });
    expect((await patch({ num: 50, sel: "b", multi: ["ab"], flag: false, dec: 0.25 }, 2)).status).toBe(200);
  });

  test("many objects are given values by one request", async () => {
    const off = async (id: number) => valuesOf(await api.call(`${endpointsPath}${id}/`));
    const many = await send("PATCH", endpointsPath, [
      { id: 1, custom_fields: { off: "one" } },
      { id: 2, custom_fields: { off: "two" } },
    ]);
    expect(many.status).toBe(200);
    expect(await off(1)).toMatchObject({ off: "one", num: 5 });
    expect(await off(2)).toMatchObject({ off: "two", num: 50 });
    const refusal = await send("PATCH", endpointsPath, [
      { id: 1, custom_fields: { off: "three" } },
      { id: 2, custom_fields: { num: 0 } },
    ]);
    expect({ status: refusal.status, body: refusal.body }).toEqual({
      status: 400,
      body: invalid("num", "Value must be at least 1.0000"),
    });
    expect(await off(1)).toMatchObject({ off: "one" });
  });

  test("values that are not allowed, in the original's words", async () => {
    expect(await refused("x")).toEqual({
      custom_fields: [
        "Invalid data format. Custom field data must be passed as a dictionary mapping field names to their values.",
      ],
    });
    expect(await refused(null)).toEqual({ custom_fields: ["This field may not be null."] });
    expect(await refused({ nope: 1 })).toEqual({
      custom_fields: { nope: "Custom field 'nope' does not exist for this object type." },
    });
    expect(await refused({ num: "5" })).toEqual(invalid("num", "Value must be an integer."));
    expect(await refused({ num: 0 })).toEqual(invalid("num", "Value must be at least 1.0000"));
    expect(await refused({ num: 101 })).toEqual(invalid("num", "Value must not exceed 100.0000"));
    expect(await refused({ dec: "abc" })).toEqual(invalid("dec", "Value must be a decimal."));
    expect(await refused({ flag: "yes" })).toEqual(invalid("flag", "Value must be true or false."));
    expect(await refused({ txt: 5 })).toEqual(invalid("txt", "Value must be a string."));
    expect(await refused({ code: "abc" })).toEqual(invalid("code", "Value must match regex '^[A-Z]{3}$'"));
    expect(await refused({ day: "23.11.2026" })).toEqual(
      invalid("day", "Date values must be in ISO 8601 format (YYYY-MM-DD)."),
    );
    expect(await refused({ moment: "2026-11-23" })).toEqual(
      invalid("moment", "Date and time values must be in ISO 8601 format (YYYY-MM-DD HH:MM:SS)."),
    );
    expect(await refused({ sel: "zz" })).toEqual(invalid("sel", "Invalid choice (zz) for choice set cs."));
    expect(await refused({ multi: ["a", "zz"] })).toEqual(
      invalid("multi", "Invalid choice(s) (['a', 'zz']) for choice set cs."),
    );
    expect(await refused({ vm: 99 })).toEqual({
      custom_fields: ["Related object not found using the provided numeric ID: 99"],
    });
    expect(await refused({ txt: "a\0b" })).toEqual({ custom_fields: ["Null characters are not allowed."] });
  });

  test.each([
    ["cf_txt=hello", [1]],
    ["cf_txt=nope&cf_txt=WORLD", [1]],
    ["cf_txt=null", [2, 3]],
    ["cf_txt__ic=nope", [1, 2, 3]],
    ["cf_txt__n=Hello World", [1, 2, 3]],
    ["cf_exact=Exact", [1]],
    ["cf_exact=exact", []],
    ["cf_exact__n=Exact", [2, 3]],
    ["cf_exact__ic=xac", [1]],
    ["cf_exact__empty=true", [2, 3]],
    ["cf_exact__regex=^E.*t$", [1]],
    ["cf_off=x", [1, 2, 3]],
    ["cf_num=5", [1]],
    ["cf_num=5&cf_num=50", [1, 2]],
    ["cf_num__n=5", [2, 3]],
    ["cf_num__gt=5", [2]],
    ["cf_num__lte=50", [1, 2]],
    ["cf_num__empty=true", [3]],
    ["cf_num=null", [3]],
    ["cf_dec=0.250", [2]],
    ["cf_dec__gte=1", [1]],
    ["cf_flag=true", [1]],
    ["cf_flag=False", [2]],
    ["cf_flag=1", [1, 2, 3]],
    ["cf_flag__n=true", [1, 2, 3]],
    ["cf_day=2026-11-23", [1]],
    ["cf_day__lt=2026-11-23", []],
    ["cf_day__gte=2026-11-23", [1]],
    ["cf_day__empty=false", [1]],
    ["cf_moment=2026-11-23T11:00:00%2B01:00", [1]],
    ["cf_moment__gt=2026-11-23T10:00:00Z", []],
    ["cf_link=PVE", [1]],
    ["cf_sel=a", [1]],
    ["cf_sel=zz", []],
    ["cf_sel__n=a", [2, 3]],
    ["cf_multi=a", [1]],
    ["cf_multi=ab", [2]],
    ["cf_multi=null", [3]],
    ["cf_multi__n=ab", [1, 2, 3]],
    ["cf_multi__ic=b", [1, 2]],
    ["cf_multi__empty=true", [3]],
    ["cf_vm=1", [1]],
    ["cf_vm__n=1", [2, 3]],
    ["cf_vms=3", [1]],
    ["cf_vms=4", []],
    ["cf_vms__n=3", [2, 3]],
    ["cf_vms__empty=true", [2, 3]],
    ["cf_vms__gt=0", []],
    ["cf_doc=a", [1, 2, 3]],
    ["cf_unknown=1", [1, 2, 3]],
  ])("%s finds %j", async (query, ids) => {
    expect(await found(query)).toEqual(ids);
  });

  test("filter values that are none", async () => {
    const { status, body } = await api.call(
      `${endpointsPath}?cf_num=x&cf_dec__gt=y&cf_day=z&cf_moment=q&cf_vms__lt=w`,
    );
    expect(status).toBe(400);
    expect(body).toEqual({
      cf_num: ["Enter a whole number."],
      cf_dec__gt: ["Enter a number."],
      cf_day: ["Enter a valid date."],
      cf_moment: ["Enter a valid date/time."],
      cf_vms__lt: ["Enter a whole number."],
    });
  });

  test("a name cannot reach SQL, and definitions that contradict themselves are refused", async () => {
    const attempt = async (body: object) =>
      (await send("POST", fieldsPath, { object_types: [endpointType], name: "n", type: "text", ...body }))
        .body;
    expect(await attempt({ name: "x'); drop table tag; --" })).toEqual({
      name: ["Only alphanumeric characters and underscores are allowed."],
    });
    expect(await attempt({ name: "a__b" })).toEqual({
      name: ["Double underscores are not permitted in custom field names."],
    });
    expect(await attempt({ name: "txt" })).toEqual({ name: ["custom field with this name already exists."] });
    expect(await attempt({ type: "select" })).toEqual({
      choice_set: ["Selection fields must specify a set of choices."],
    });
    expect(await attempt({ type: "object" })).toEqual({
      related_object_type: ["Object fields must define an object type."],
    });
    expect(await attempt({ validation_minimum: 1 })).toEqual({
      validation_minimum: ["A minimum value may be set only for numeric fields"],
    });
    expect(await attempt({ type: "integer", default: "x" })).toEqual({
      default: ['Invalid default value "x": Value must be an integer.'],
    });
    expect(await attempt({ validation_regex: "[" })).toEqual({
      validation_regex: ["[ is not a valid regular expression."],
    });
    expect(await attempt({ object_types: ["core.job"] })).toEqual({
      object_types: ["Invalid content type: core.job"],
    });
    expect((await send("PATCH", `${fieldsPath}1/`, { type: "integer" })).body).toEqual({
      type: ["Changing the type of custom fields is not supported."],
    });
  });

  test("defaults and required fields of a new object", async () => {
    const withDefault = await define("tier", "text", { default: "gold" });
    expect(valuesOf(await api.call(`${endpointsPath}3/`))).toMatchObject({ tier: "gold" });
    const created = await send("POST", endpointsPath, {
      mode: "cluster",
      domain: "d.example",
      custom_fields: { num: 7 },
    });
    expect(valuesOf(created)).toMatchObject({ tier: "gold", num: 7, txt: null });
    const needed = await define("needed", "integer", { required: true });
    const body = { mode: "cluster", domain: "e.example" };
    expect((await send("POST", endpointsPath, body)).body).toEqual(
      invalid("needed", "Required field cannot be empty."),
    );
    expect((await send("POST", endpointsPath, { ...body, custom_fields: {} })).body).toEqual({
      __all__: ["Missing required custom field 'needed'."],
    });
    expect((await send("POST", endpointsPath, { ...body, custom_fields: { needed: 1 } })).status).toBe(201);
    for (const id of [withDefault, needed]) {
      expect((await send("DELETE", `${fieldsPath}${id}/`, undefined)).status).toBe(204);
    }
    expect(
      await api.query("select 1 from endpoint where custom_field_data ?| array['tier', 'needed']"),
    ).toEqual([]);
  });

  test("values follow a renamed field, and leave with a type of objects that loses it", async () => {
    const id = await define("place", "text", { object_types: [endpointType, "netbox_proxbox.proxmoxnode"] });
    await patch({ place: "Berlin" });
    await send("PATCH", `${fieldsPath}${id}/`, { name: "location" });
    expect(valuesOf(await api.call(`${endpointsPath}1/`))).toMatchObject({ location: "Berlin" });
    expect(await found("cf_location=berlin")).toEqual([1]);
    await send("PATCH", `${fieldsPath}${id}/`, { object_types: ["netbox_proxbox.proxmoxnode"] });
    expect(valuesOf(await api.call(`${endpointsPath}1/`))).not.toHaveProperty("location");
    expect(valuesOf(await api.call("/api/plugins/proxbox/proxmox-nodes/1/"))).toEqual({ location: null });
    expect(await api.query("select 1 from endpoint where custom_field_data ? 'location'")).toEqual([]);
  });

  test("a definition that another process changes counts from the next request on", async () => {
    await api.query("update custom_field set filter_logic = 'exact' where name = 'txt'");
    expect(await found("cf_txt=hello")).toEqual([]);
    expect(await found("cf_txt=Hello World")).toEqual([1]);
    await api.query(`update custom_field_choice_set set extra_choices = '[["c", "C"]]'`);
    expect((await patch({ sel: "c", multi: null })).status).toBe(200);
    expect(await refused({ sel: "a" })).toEqual(invalid("sel", "Invalid choice (a) for choice set cs."));
  });

  test("a choice set that a field needs stays", async () => {
    const { status, body } = await send("DELETE", `${choiceSetsPath}1/`, undefined);
    expect(status).toBe(409);
    expect(body).toEqual({
      detail: "Unable to delete object. 2 dependent objects were found: Sel (11), Multi (12)",
    });
  });
});
