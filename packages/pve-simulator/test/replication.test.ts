import { describe, expect, test } from "@jest/globals";
import {
  bringNodeOnline,
  loseQuorum,
  migrateGuest,
  removeGuest,
  runJob,
  setVersion,
  startJobRemoval,
  stealGuest,
  takeNodeOffline,
} from "@proxbox/pve-simulator";
import { get, getData, getEntry, getList, NOW, simulateNew } from "./client.ts";
import type { ReplicationJob, World } from "@proxbox/pve-simulator";

function jobOf(world: World, id: string): ReplicationJob {
  const job = world.jobs.get(id);
  if (!job) throw new Error(`no job ${id}`);
  return job;
}

function ids(entries: Record<string, unknown>[]): unknown[] {
  return entries.map(({ id }) => id);
}

describe("GET /cluster/replication", () => {
  test("lists every job, sorted by id as text, without state", async () => {
    const { world, simulator } = await simulateNew();
    world.jobs.set("1000-0", { ...jobOf(world, "100-0"), id: "1000-0" });
    const jobs = await getList(simulator, "/cluster/replication");
    expect(ids(jobs)).toEqual([...world.jobs.keys()].sort());
    expect(ids(jobs).slice(0, 4)).toEqual(["100-0", "100-1", "1000-0", "101-0"]);
    for (const job of jobs) {
      expect(job).not.toHaveProperty("last_sync");
      expect(job).not.toHaveProperty("digest");
      expect(job).not.toHaveProperty("vmtype");
    }
  });

  test("sends optional keys only where the file has them", async () => {
    const { world, simulator } = await simulateNew();
    Object.assign(jobOf(world, "100-0"), {
      source: null,
      schedule: null,
      rate: null,
      disable: null,
      comment: null,
    });
    Object.assign(jobOf(world, "101-0"), {
      rate: 10.5,
      disable: false,
      comment: "Größe\n50%20",
      schedule: "*/5",
    });
    expect(await getEntry(simulator, "/cluster/replication", ["id", "100-0"])).toEqual({
      id: "100-0",
      guest: 100,
      jobnum: 0,
      type: "local",
      target: "pve2",
    });
    expect(await getEntry(simulator, "/cluster/replication", ["id", "101-0"])).toMatchObject({
      rate: 10.5,
      disable: 0,
      comment: "Größe\n50%20",
      schedule: "*/5",
    });
  });

  test("the parser drops values that it does not accept, and keeps the job", async () => {
    const { world, simulator } = await simulateNew({ flavour: "6.4" });
    Object.assign(jobOf(world, "100-0"), { rate: 0.5, schedule: "daily", comment: "50%20x" });
    const old = await getEntry(simulator, "/cluster/replication", ["id", "100-0"]);
    expect(old).not.toHaveProperty("rate");
    expect(old).not.toHaveProperty("schedule");
    expect(old["comment"]).toBe("50 x");
    setVersion(world, "9.2.6");
    expect(await getEntry(simulator, "/cluster/replication", ["id", "100-0"])).toMatchObject({
      schedule: "daily",
      comment: "50%20x",
    });
  });

  test("a second job to the same target, a low guest id and a foreign type disappear", async () => {
    const { world, simulator } = await simulateNew();
    const job = jobOf(world, "100-0");
    world.jobs.set("100-7", { ...job, id: "100-7" });
    world.jobs.set("99-0", { ...job, id: "99-0" });
    jobOf(world, "101-0").type = "remote";
    const listed = ids(await getList(simulator, "/cluster/replication"));
    expect(listed).toContain("100-0");
    for (const hidden of ["100-7", "99-0", "101-0"]) expect(listed).not.toContain(hidden);
  });

  test("one job without target breaks the whole list since 7", async () => {
    const { world, simulator } = await simulateNew({ flavour: "7.4" });
    jobOf(world, "100-0").target = null;
    const reply = await get(simulator, "/cluster/replication");
    expect(reply.status).toBe(500);
    expect(reply.reason).toMatch(/^cannot lookup undefined type!/);
    setVersion(world, "6.4-15");
    expect(ids(await getList(simulator, "/cluster/replication"))).not.toContain("100-0");
  });

  test("an empty file is an empty list", async () => {
    const { simulator } = await simulateNew({ jobs: 0 });
    expect(await getList(simulator, "/cluster/replication")).toEqual([]);
  });
});

describe("GET /cluster/replication/{id}", () => {
  test("adds one digest for the whole file, which changes with any job", async () => {
    const { world, simulator } = await simulateNew();
    const digestOf = async (id: string) =>
      ((await getData(simulator, `/cluster/replication/${id}`)) as { digest: string }).digest;
    const digest = await digestOf("100-0");
    expect(digest).toMatch(/^[0-9a-f]{40}$/);
    expect(await digestOf("101-0")).toBe(digest);
    jobOf(world, "105-0").comment = "changed";
    expect(await digestOf("100-0")).not.toBe(digest);
  });

  test.each(["100-00", "0100-0", "99-0", "abc"])("refuses the ill-formed id %s", async (id) => {
    const { simulator } = await simulateNew();
    expect((await get(simulator, `/cluster/replication/${id}`)).status).toBe(400);
  });
});

describe("GET /nodes/{node}/replication", () => {
  test("lists the jobs of guests that live there, sorted, with their state", async () => {
    const { simulator } = await simulateNew();
    const jobs = await getList(simulator, "/nodes/pve1/replication");
    expect(ids(jobs)).toEqual(["100-0", "100-1", "103-0", "103-1", "106-0", "109-0"]);
    for (const job of jobs) {
      expect(job).toMatchObject({
        vmtype: expect.stringMatching(/^(qemu|lxc)$/),
        source: "pve1",
        guest: expect.any(Number),
        last_try: expect.any(Number),
        last_sync: expect.any(Number),
        fail_count: expect.any(Number),
        next_sync: expect.any(Number),
      });
      expect(job).not.toHaveProperty("digest");
    }
  });

  test("can be asked for one guest, which must be a VMID", async () => {
    const { simulator } = await simulateNew();
    expect(ids(await getList(simulator, "/nodes/pve1/replication?guest=100"))).toEqual(["100-0", "100-1"]);
    expect(await getList(simulator, "/nodes/pve1/replication?guest=101")).toEqual([]);
    expect((await get(simulator, "/nodes/pve1/replication?guest=12")).status).toBe(400);
  });

  test("keeps disabled jobs and those being removed, and forgets jobs of lost guests", async () => {
    const { world, simulator } = await simulateNew();
    startJobRemoval(world, "106-0");
    removeGuest(world, 109, { purge: false });
    const listed = await getList(simulator, "/nodes/pve1/replication");
    expect(listed.find(({ id }) => id === "103-0")).toMatchObject({ disable: 1 });
    expect(listed.find(({ id }) => id === "106-0")).toMatchObject({ remove_job: "full", next_sync: 1 });
    expect(ids(listed)).not.toContain("109-0");
    expect(ids(await getList(simulator, "/cluster/replication"))).toContain("109-0");
  });

  test("does not list a job whose target is the guest's own node", async () => {
    const { world, simulator } = await simulateNew();
    jobOf(world, "100-0").target = "pve1";
    expect(ids(await getList(simulator, "/nodes/pve1/replication?guest=100"))).toEqual(["100-1"]);
  });

  test("fills in a missing source for good", async () => {
    const { world, simulator } = await simulateNew();
    jobOf(world, "100-0").source = null;
    await getList(simulator, "/nodes/pve2/replication");
    expect(jobOf(world, "100-0").source).toBeNull();
    await getList(simulator, "/nodes/pve1/replication");
    expect(jobOf(world, "100-0").source).toBe("pve1");
  });

  test.each(["6.4", "7.4", "8.4", "9.2"] as const)(
    "on %s repairs the jobs of a stolen guest, and shows it in that one answer",
    async (flavour) => {
      const { world, simulator } = await simulateNew({ flavour });
      jobOf(world, "100-0").comment = "Größe:\nja";
      stealGuest(world, 100, "pve2");
      expect(await getEntry(simulator, "/cluster/replication", ["id", "100-0"])).toMatchObject({
        source: "pve1",
        target: "pve2",
      });
      const repaired = await getList(simulator, "/nodes/pve2/replication");
      expect(new Set(repaired.map(({ guest }) => typeof guest))).toEqual(new Set(["string"]));
      expect(repaired.find(({ id }) => id === "100-0")).toMatchObject({
        guest: "100",
        source: "pve2",
        target: "pve1",
        comment: "Gr%C3%B6%C3%9Fe%3A%0Aja",
        last_sync: 0,
        last_try: 0,
      });
      expect(repaired.find(({ id }) => id === "100-1")).toMatchObject({ source: "pve2", target: "pve3" });
      expect(await getEntry(simulator, "/nodes/pve2/replication", ["id", "100-0"])).toMatchObject({
        guest: 100,
        comment: "Größe:\nja",
      });
    },
  );

  test("needs quorum and the lock, while plain reads go on", async () => {
    const { world, simulator } = await simulateNew();
    loseQuorum(world);
    const reply = await get(simulator, "/nodes/pve1/replication");
    expect([reply.status, reply.reason]).toEqual([500, "cfs-lock 'file-replication_cfg' error: no quorum!"]);
    expect((await get(simulator, "/cluster/replication")).status).toBe(200);
    world.quorate = true;
    world.replicationLockHeld = true;
    expect((await get(simulator, "/nodes/pve2/replication")).reason).toBe(
      "cfs-lock 'file-replication_cfg' error: got lock request timeout",
    );
  });

  test("state is local to the node: gone with it, back with it, moved by a migration", async () => {
    const { world, simulator } = await simulateNew();
    const before = await getEntry(simulator, "/nodes/pve2/replication", ["id", "101-0"]);
    takeNodeOffline(world, "pve2");
    expect((await get(simulator, "/nodes/pve2/replication")).status).toBe(595);
    bringNodeOnline(world, "pve2");
    expect(await getEntry(simulator, "/nodes/pve2/replication", ["id", "101-0"])).toEqual(before);
    migrateGuest(world, 101, "pve3");
    expect(ids(await getList(simulator, "/nodes/pve2/replication"))).not.toContain("101-0");
    expect(await getEntry(simulator, "/nodes/pve3/replication", ["id", "101-0"])).toMatchObject({
      guest: 101,
      source: "pve3",
      target: "pve2",
      last_sync: before["last_sync"],
    });
  });
});

describe("next_sync", () => {
  const hour = NOW - (NOW % 3600);

  async function nextSync(prepare: (world: World) => void, flavour: "7.4" | "6.4" | "9.2" = "9.2") {
    const { world, simulator } = await simulateNew({ flavour });
    jobOf(world, "100-0").schedule = "*/20";
    prepare(world);
    return (await getEntry(simulator, "/nodes/pve1/replication", ["id", "100-0"]))["next_sync"];
  }

  function fail(times: number) {
    return (world: World) => {
      world.nodes.get("pve1")?.jobStates.clear();
      for (let run = 1; run <= times; run++) {
        runJob(world, "100-0", { kind: "failed", at: hour, duration: 1, error: "broken" });
      }
    };
  }

  test("is the next full interval of minutes after the last attempt", async () => {
    const at = hour + 25 * 60 + 3;
    expect(await nextSync((world) => runJob(world, "100-0", { kind: "succeeded", at, duration: 2 }))).toBe(
      hour + 40 * 60,
    );
  });

  test("rolls over at the end of the hour", async () => {
    const at = hour + 45 * 60;
    expect(await nextSync((world) => runJob(world, "100-0", { kind: "succeeded", at, duration: 2 }))).toBe(
      hour + 3600,
    );
  });

  test("is an instant in 1970 for a job that never ran", async () => {
    expect(await nextSync((world) => world.nodes.get("pve1")?.jobStates.clear())).toBe(1200);
  });

  test.each([
    ["9.2", 1, 300],
    ["9.2", 3, 900],
    ["9.2", 4, 1800],
    ["6.4", 2, 600],
    ["6.4", 3, 1800],
  ] as const)("on %s is after %i failures %i seconds later", async (flavour, times, delay) => {
    expect(await nextSync(fail(times), flavour)).toBe(hour + delay);
  });

  test("is 0 for a failing job whose target is offline", async () => {
    const prepare = (world: World) => {
      fail(2)(world);
      takeNodeOffline(world, "pve2");
    };
    expect(await nextSync(prepare)).toBe(0);
  });
});

describe("runs of a job", () => {
  test("show pid while running, keep the error during a retry and lose it with a success", async () => {
    const { world, simulator } = await simulateNew();
    const entry = () => getEntry(simulator, "/nodes/pve1/replication", ["id", "100-0"]);
    runJob(world, "100-0", { kind: "failed", at: NOW - 500, duration: 1.5, error: "line one\nline two" });
    expect(await entry()).toMatchObject({ fail_count: 1, error: "line one\nline two", last_try: NOW - 500 });
    runJob(world, "100-0", { kind: "running", at: NOW - 10, pid: 4711 });
    expect(await entry()).toMatchObject({ pid: 4711, error: "line one\nline two" });
    runJob(world, "100-0", { kind: "succeeded", at: NOW, duration: 3.141593 });
    const done = await entry();
    expect(done).toMatchObject({ fail_count: 0, last_sync: NOW, duration: 3.141593 });
    expect(done).not.toHaveProperty("error");
    expect(done).not.toHaveProperty("pid");
  });
});

describe("GET /nodes/{node}/replication/{id}/...", () => {
  test("status is one object of the list, and a 500 on another node", async () => {
    const { simulator } = await simulateNew();
    const listed = await getEntry(simulator, "/nodes/pve1/replication", ["id", "100-0"]);
    expect(await getData(simulator, "/nodes/pve1/replication/100-0/status")).toEqual(listed);
    const elsewhere = await get(simulator, "/nodes/pve2/replication/100-0/status");
    expect([elsewhere.status, elsewhere.reason]).toEqual([500, "no such replication job '100-0'"]);
  });

  test.each([
    ["7.4", 500],
    ["8.1", 200],
  ] as const)("status of a disabled job is on %s a %i", async (flavour, status) => {
    const { simulator } = await simulateNew({ flavour });
    expect((await get(simulator, "/nodes/pve1/replication/103-0/status")).status).toBe(status);
  });

  test("log has numbered lines, a total, and a page of 50 unless asked otherwise", async () => {
    const { world, simulator } = await simulateNew();
    const lines = Array.from({ length: 60 }, (_, index) => `line ${index + 1}`);
    world.nodes.get("pve1")?.jobLogs.set("100-0", lines);
    const read = async (query: string) =>
      (await get(simulator, `/nodes/pve1/replication/100-0/log${query}`)).json as {
        data: { n: number; t: string }[];
        total: number;
      };
    const page = await read("");
    expect([page.data.length, page.total, page.data[0]]).toEqual([50, 60, { n: 1, t: "line 1" }]);
    expect((await read("?limit=0")).data).toHaveLength(60);
    expect((await read("?start=58&limit=5")).data).toEqual([
      { n: 59, t: "line 59" },
      { n: 60, t: "line 60" },
    ]);
  });

  test("log without a file is one line, with status 200", async () => {
    const { simulator } = await simulateNew();
    expect((await get(simulator, "/nodes/pve3/replication/100-0/log")).json).toMatchObject({
      data: [{ n: 1, t: "unable to open file - No such file or directory" }],
    });
  });
});
