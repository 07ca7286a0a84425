import type { JsonObject, JsonValue } from "@proxbox/domain";
import { describe, expect, test } from "@jest/globals";
import { readPermissions } from "../src/answers/read-permissions.ts";
import { readReplications } from "../src/answers/read-replications.ts";
import { readRuntimes } from "../src/answers/read-runtimes.ts";
import { parseData } from "../src/parse-json.ts";

const NOW = 1_790_000_000;
const parsed = (data: string) => parseData(`{"data":${data}}`, (text) => text);
const runtimes = (data: JsonValue) => readRuntimes(data, NOW);

const replication = { id: "100-0", guest: 100, jobnum: 0, type: "local", target: "pve2" };
const runtime = { ...replication, vmtype: "qemu", last_try: 0, last_sync: 0, fail_count: 0, next_sync: 900 };

describe("GET /cluster/replication", () => {
  test("gives what is configured and what was sent", () => {
    const sent = {
      ...replication,
      source: "pve1",
      schedule: "mon..fri 22:00",
      rate: 10.5,
      disable: 1,
      comment: " Größe\nzwei ",
      remove_job: "full",
      later: { unknown: [null, true] },
    };
    expect(readReplications([sent])).toStrictEqual([
      {
        replicationId: "100-0",
        guest: 100,
        jobnum: 0,
        jobType: "local",
        target: "pve2",
        source: "pve1",
        schedule: "mon..fri 22:00",
        rate: 10.5,
        disable: true,
        comment: " Größe\nzwei ",
        removeJob: "full",
        raw: sent,
      },
    ]);
  });

  test("gives Proxmox's defaults for what is missing or null", () => {
    const defaults = {
      source: null,
      schedule: "*/15",
      rate: null,
      disable: false,
      comment: null,
      removeJob: null,
      target: "pve2",
    };
    const nulls = {
      source: null,
      schedule: null,
      rate: null,
      disable: null,
      comment: null,
      remove_job: null,
    };
    expect(readReplications([replication])).toMatchObject([{ ...defaults, raw: replication }]);
    expect(readReplications([{ ...replication, ...nulls }])).toMatchObject([defaults]);
  });

  test.each<[JsonValue, boolean]>([
    [0, false],
    ["0", false],
    ["", false],
    [false, false],
    [1, true],
    ["1", true],
    [true, true],
  ])("reads the flag disable %j as %j", (disable, expected) => {
    expect(readReplications([{ ...replication, disable }])).toMatchObject([{ disable: expected }]);
  });

  test("takes guest and jobnum from the id, whatever stands beside it", () => {
    const { guest: _guest, jobnum: _jobnum, ...bare } = replication;
    const expected = [{ replicationId: "103-1", guest: 103, jobnum: 1 }];
    expect(readReplications([{ ...bare, id: "103-1" }])).toMatchObject(expected);
    expect(readReplications([{ ...bare, id: "0103-001", guest: "103", jobnum: "1" }])).toMatchObject(
      expected,
    );
    expect(readReplications([{ ...bare, id: "103-1", guest: 999, jobnum: {} }])).toMatchObject(expected);
    expect(readReplications([{ ...bare, id: "999999999-00" }])).toMatchObject([
      { replicationId: "999999999-0" },
    ]);
  });

  test("accepts numbers as texts, and texts as numbers", () => {
    expect(readReplications([{ ...replication, rate: "1e1", comment: 7, target: 42 }])).toMatchObject([
      { rate: 10, comment: "7", target: "42" },
    ]);
  });

  test("keeps an empty comment apart from none", () => {
    expect(readReplications([{ ...replication, comment: "" }])).toMatchObject([{ comment: "" }]);
  });

  test("knows that any remove_job means being removed", () => {
    const removal = (remove_job: JsonValue) =>
      readReplications([{ ...replication, remove_job }])[0]?.removeJob;
    expect(["local", "full", "something", 1, "", 0].map(removal)).toEqual([
      "local",
      "full",
      "local",
      "local",
      null,
      null,
    ]);
  });

  test("passes over jobs of other types, and nothing else", () => {
    expect(readReplications([{ type: "remote", id: "x" }, replication])).toHaveLength(1);
    expect(readReplications([])).toEqual([]);
  });

  test.each<[JsonValue, RegExp]>([
    [{ ...replication, id: null }, /Element 2 of the answer: "id" is missing/],
    [{ type: "local" }, /Element 2 of the answer: "id" is missing/],
    [{ ...replication, id: "100" }, /Element 2 \("100"\).*"id" is not like 100-0/],
    [{ ...replication, id: "0-1" }, /"id"/],
    [{ ...replication, id: "2147483648-0" }, /"id"/],
    [{ ...replication, id: "100-99999999999" }, /"id"/],
    [
      { ...replication, id: "101-0", target: null },
      /Element 2 \("101-0"\) of the answer: "target" is missing/,
    ],
    [{ ...replication, id: "101-0", target: "" }, /"target" is empty/],
    [{ ...replication, id: "101-0", target: ["pve2"] }, /"target" is not a text/],
    [{ ...replication, id: "101-0", rate: "fast" }, /"rate" is not a number/],
    [{ ...replication, id: "101-0", disable: 2 }, /"disable" is not a flag/],
    [replication, /Element 2 \("100-0"\) of the answer occurs twice/],
    [{ ...replication, id: "100-00" }, /occurs twice/],
    [null, /Element 2 of the answer is null instead of an object/],
    ["100-0", /Element 2 of the answer is a text instead of an object/],
    [[replication], /Element 2 of the answer is a list/],
  ])("refuses the whole answer for %j", (broken, message) => {
    expect(() => readReplications([replication, broken])).toThrow(message);
  });

  test.each<[JsonValue, RegExp]>([
    [null, /null instead of a list/],
    [{}, /an object instead of a list/],
    ["", /a text instead of a list/],
    [1, /a number instead of a list/],
  ])("refuses %j in place of a list", (data, message) => {
    expect(() => readReplications(data)).toThrow(message);
  });
});

describe("GET /nodes/{node}/replication", () => {
  test("gives the state", () => {
    const sent = {
      ...runtime,
      guest: "100",
      comment: "Gr%C3%B6%C3%9Fe",
      last_try: NOW - 100,
      last_sync: NOW - 1000,
      next_sync: NOW + 200,
      duration: 3.141593,
      fail_count: 2,
      error: "one\ntwo",
      pid: 4711,
    };
    expect(runtimes([sent])).toStrictEqual([
      {
        replicationId: "100-0",
        guest: 100,
        lastSync: NOW - 1000,
        lastTry: NOW - 100,
        nextSync: NOW + 200,
        duration: 3.141593,
        failCount: 2,
        error: "one\ntwo",
        pid: 4711,
      },
    ]);
  });

  test("knows that 0 is never and that missing is not said", () => {
    const nothing = {
      lastSync: null,
      lastTry: null,
      nextSync: null,
      duration: null,
      failCount: 0,
      error: null,
      pid: null,
    };
    expect(runtimes([runtime])).toMatchObject([nothing]);
    expect(runtimes([{ id: "100-0", type: "local" }])).toMatchObject([nothing]);
    expect(runtimes([{ ...runtime, last_try: null, error: null, pid: null, duration: null }])).toMatchObject([
      nothing,
    ]);
  });

  test.each<[string, number, number, number | null]>([
    ["0, no event or the target is offline", NOW - 60, 0, null],
    ["1, being removed", NOW - 60, 1, null],
    ["in 1970, never tried", 0, 900, null],
    ["in 1971, never tried and yearly", 0, 31_536_000, null],
    ["long ago, never tried and a date", 0, 1_596_153_600, null],
    ["to come, never tried and a date", 0, NOW + 86_400, NOW + 86_400],
    ["past, a try is overdue", NOW - 9_000, NOW - 8_100, NOW - 8_100],
    ["to come", NOW - 60, NOW + 840, NOW + 840],
  ])("reads next_sync that is %s", (_what, last_try, next_sync, expected) => {
    expect(runtimes([{ ...runtime, last_try, next_sync }])).toMatchObject([{ nextSync: expected }]);
  });

  test("passes the next_sync of a disabled job on", () => {
    const disabled = { ...runtime, disable: 1, last_try: NOW, next_sync: NOW + 60 };
    expect(runtimes([disabled])).toMatchObject([{ nextSync: NOW + 60 }]);
  });

  test("accepts numbers as texts, tiny ones too", () => {
    const sent = { ...runtime, last_try: String(NOW), fail_count: "1", duration: "9.7e-05", pid: "12" };
    expect(runtimes([sent])).toMatchObject([{ lastTry: NOW, failCount: 1, duration: 9.7e-5, pid: 12 }]);
  });

  test.each<[JsonObject, RegExp]>([
    [{ last_sync: "yesterday" }, /"last_sync" is not a number/],
    [{ last_sync: 1e15 }, /"last_sync" is not a time/],
    [{ fail_count: -1 }, /"fail_count" is not between/],
    [{ fail_count: 1.5 }, /"fail_count" is not a whole number/],
    [{ pid: 2 ** 31 }, /"pid" is not between/],
    [{ error: { text: "x" } }, /"error" is not a text/],
    [{ id: 100 }, /"id" is not like/],
  ])("refuses the whole answer for %j", (broken, message) => {
    expect(() => runtimes([{ ...runtime, ...broken }])).toThrow(message);
  });
});

describe("texts that PostgreSQL cannot store", () => {
  test("are repaired everywhere, keys of raw included", () => {
    const data = parsed(
      String.raw`[{"id":"100-0","type":"local","target":"pve\u0000two","comment":"\ud800 \ud83d\ude00 \udc00","k\u0000\uDFFF":["\u0000"]}]`,
    );
    expect(readReplications(data)).toMatchObject([
      {
        target: "pve\ufffdtwo",
        comment: "\ufffd \u{1f600} \ufffd",
        raw: { "k\ufffd\ufffd": ["\ufffd"], comment: "\ufffd \u{1f600} \ufffd" },
      },
    ]);
  });

  test("cannot change what an object is", () => {
    const data = parsed(
      '[{"id":"100-0","target":"a","__proto__":{"comment":"evil","target":"b"},"constructor":{"prototype":1}}]',
    );
    const [value] = readReplications(data);
    expect(value).toMatchObject({ target: "a", comment: null });
    expect(Object.getPrototypeOf(value?.raw)).toBe(Object.prototype);
    expect(Object.keys(value?.raw ?? {})).toEqual(["id", "target", "constructor"]);
    expect(readPermissions(parsed('{"__proto__":{"VM.Audit":1}}'))).toEqual({});
  });
});
