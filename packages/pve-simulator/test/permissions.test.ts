import { describe, expect, test } from "@jest/globals";
import { DEFAULT_TOKEN, hideGuest, revokeRights, setVersion, setView } from "@proxbox/pve-simulator";
import { form, get, getData, getList, send, simulateNew } from "./client.ts";
import type { AclEntry, Simulator, World } from "@proxbox/pve-simulator";

const { id: TOKEN, userid: USER } = DEFAULT_TOKEN;

function entry(path: string, role: string, more: Partial<AclEntry> = {}): AclEntry {
  return { path, kind: "token", subject: TOKEN, role, propagate: true, ...more };
}

/** Gives the token's user everything, so that only the token's own entries count. */
function onlyToken(world: World, ...entries: AclEntry[]): void {
  world.acl = [entry("/", "Administrator", { kind: "user", subject: USER }), ...entries];
}

/** Makes the token as strong as its user, so that only the user's entries count. */
function onlyUser(world: World, ...entries: AclEntry[]): void {
  const token = world.tokens.get(TOKEN);
  if (token) token.privsep = false;
  world.acl = entries.map((own) => (own.kind === "token" ? { ...own, kind: "user", subject: USER } : own));
}

async function seesGuest(simulator: Simulator, vmid: number): Promise<boolean> {
  const path = `/vms/${vmid}`;
  const answer = (await getData(simulator, `/access/permissions?path=${path}`)) as Record<string, object>;
  return Object.hasOwn(answer[path] ?? {}, "VM.Audit");
}

async function jobIds(simulator: Simulator, path: string): Promise<unknown[]> {
  return (await getList(simulator, path)).map(({ id }) => id);
}

describe("a partial view", () => {
  test.each([
    ["6.4-15", "refused", "refused"],
    ["7.4-20", "refused", "refused"],
    ["8.1.3", "refused", "refused"],
    ["8.1.4", "filtered", "refused"],
    ["8.4.14", "filtered", "refused"],
    ["9.0.0", "filtered", "filtered"],
    ["9.2.6", "filtered", "filtered"],
  ] as const)("on %s is %s for the cluster's jobs and %s for a node's", async (version, cluster, node) => {
    const { world, simulator } = await simulateNew();
    setVersion(world, version);
    setView(world, { kind: "hole", vmids: [103, 106] });
    for (const [path, behaviour] of [
      ["/cluster/replication", cluster],
      ["/nodes/pve1/replication", node],
    ] as const) {
      const reply = await get(simulator, path);
      if (behaviour === "refused") {
        expect([reply.status, reply.reason]).toEqual([403, "Permission check failed (/vms/103, VM.Audit)"]);
      } else {
        const listed = await jobIds(simulator, path);
        expect(listed).toContain("100-0");
        expect(listed).not.toContain("103-0");
        expect(listed).not.toContain("106-0");
      }
    }
    const vmids = (await getList(simulator, "/cluster/resources?type=vm")).map(({ vmid }) => vmid);
    expect(vmids).toContain(100);
    expect(vmids).not.toContain(103);
  });

  test("asking a node for one visible guest works where the whole list is refused", async () => {
    const { world, simulator } = await simulateNew({ flavour: "8.4" });
    setView(world, { kind: "hole", vmids: [103] });
    expect(await jobIds(simulator, "/nodes/pve1/replication?guest=100")).toEqual(["100-0", "100-1"]);
    expect((await get(simulator, "/nodes/pve1/replication?guest=103")).status).toBe(403);
  });

  test("without any right looks like an empty cluster on 8.1.4 and later", async () => {
    const { world, simulator } = await simulateNew();
    setView(world, { kind: "none" });
    expect((await get(simulator, "/cluster/replication")).json).toEqual({ data: [] });
    expect(await getData(simulator, "/access/permissions")).toEqual({});
    setVersion(world, "8.1.3");
    expect((await get(simulator, "/cluster/replication")).status).toBe(403);
  });

  test("of some guests still sees the cluster around them", async () => {
    const { world, simulator } = await simulateNew();
    setView(world, { kind: "partial", vmids: [100, 103] });
    expect(await jobIds(simulator, "/cluster/replication")).toEqual(["100-0", "100-1", "103-0", "103-1"]);
    expect((await get(simulator, "/cluster/status")).status).toBe(200);
    expect(await getList(simulator, "/storage")).toHaveLength(4);
  });

  test("one hidden job is a 403 by itself in every version", async () => {
    const { world, simulator } = await simulateNew();
    hideGuest(world, 100);
    for (const path of [
      "/cluster/replication/100-0",
      "/nodes/pve1/replication/100-0/status",
      "/nodes/pve1/qemu/100/config",
    ]) {
      const reply = await get(simulator, path);
      expect([reply.status, reply.reason]).toEqual([403, "Permission check failed (/vms/100, VM.Audit)"]);
    }
  });

  test.each([
    ["8.4", 403],
    ["9.2", 200],
  ] as const)(
    "the log of a hidden guest's job is on %s a %i for an auditor of the node",
    async (flavour, status) => {
      const { world, simulator } = await simulateNew({ flavour });
      hideGuest(world, 100);
      expect((await get(simulator, "/nodes/pve1/replication/100-0/log")).status).toBe(status);
    },
  );
});

describe("GET /access/permissions", () => {
  test("of a full view has VM.Audit 1 on /vms, and pooled guests", async () => {
    const { simulator } = await simulateNew();
    const all = (await getData(simulator, "/access/permissions")) as Record<string, Record<string, number>>;
    expect(Object.keys(all).sort()).toEqual([
      "/",
      "/access",
      "/access/groups",
      "/nodes",
      "/pool",
      "/sdn",
      "/storage",
      "/vms",
      "/vms/100",
      "/vms/106",
    ]);
    expect(all["/vms"]?.["VM.Audit"]).toBe(1);
  });

  test("without propagation has nothing but the entry's own path, with value 0", async () => {
    const { world, simulator } = await simulateNew();
    setView(world, { kind: "no-propagation" });
    const all = (await getData(simulator, "/access/permissions")) as Record<string, Record<string, number>>;
    expect(Object.keys(all)).toEqual(["/"]);
    expect(all["/"]?.["VM.Audit"]).toBe(0);
    expect(await getList(simulator, "/cluster/replication")).toEqual([]);

    onlyToken(world, entry("/vms", "PVEAuditor", { propagate: false }));
    expect(await getData(simulator, "/access/permissions")).toEqual({
      "/vms": expect.objectContaining({ "VM.Audit": 0 }),
    });
    expect(await seesGuest(simulator, 100)).toBe(false);
  });

  test("shows a hole as nothing at all, and only the single path tells", async () => {
    const { world, simulator } = await simulateNew();
    setView(world, { kind: "hole", vmids: [104] });
    expect(await getData(simulator, "/access/permissions")).not.toHaveProperty(["/vms/104"]);
    expect(await getData(simulator, "/access/permissions?path=/vms/104")).toEqual({ "/vms/104": {} });
    expect(await seesGuest(simulator, 105)).toBe(true);
  });

  test("answers for guests that do not exist", async () => {
    const { simulator } = await simulateNew();
    expect(await seesGuest(simulator, 999_999)).toBe(true);
  });

  test("refuses what is no path, and questions about others without Sys.Audit on /access", async () => {
    const { world, simulator } = await simulateNew();
    expect((await get(simulator, "/access/permissions?path=vms")).status).toBe(400);
    expect((await get(simulator, `/access/permissions?userid=${USER}`)).status).toBe(200);
    revokeRights(world);
    expect((await get(simulator, `/access/permissions?userid=${USER}`)).status).toBe(403);
    expect((await get(simulator, "/access/permissions?userid=proxbox@pve!sync")).status).toBe(200);
  });
});

describe("the rules of rights", () => {
  test("a deeper entry replaces what was inherited, it does not add", async () => {
    const { world, simulator } = await simulateNew();
    onlyToken(world, entry("/", "PVEAuditor"), entry("/vms/105", "PVEDatastoreUser"));
    expect(await seesGuest(simulator, 105)).toBe(false);
    expect(await seesGuest(simulator, 104)).toBe(true);
  });

  test("a deeper entry without propagation leaves the inherited roles below itself", async () => {
    const { world, simulator } = await simulateNew();
    onlyToken(world, entry("/", "PVEAuditor"), entry("/vms", "NoAccess", { propagate: false }));
    expect(await seesGuest(simulator, 104)).toBe(true);
    expect(await getData(simulator, "/access/permissions?path=/vms")).toEqual({ "/vms": {} });
  });

  test("a privilege-separated token has no more than its user", async () => {
    const { world, simulator } = await simulateNew();
    world.acl = [
      entry("/", "PVEAuditor", { kind: "user", subject: USER }),
      entry("/vms/104", "NoAccess", { kind: "user", subject: USER }),
      entry("/", "Administrator"),
    ];
    expect(await seesGuest(simulator, 104)).toBe(false);
    const onGuest = (await getData(simulator, "/access/permissions?path=/vms/105")) as Record<string, object>;
    expect(onGuest["/vms/105"]).not.toHaveProperty(["VM.Migrate"]);
  });

  test("and passes on only what both propagate", async () => {
    const { world, simulator } = await simulateNew();
    world.acl = [
      entry("/vms", "PVEAuditor", { kind: "user", subject: USER }),
      entry("/vms", "PVEAuditor", { propagate: false }),
    ];
    expect(await getData(simulator, "/access/permissions?path=/vms")).toEqual({
      "/vms": expect.objectContaining({ "VM.Audit": 0 }),
    });
  });

  test("a token without separation has its user's rights", async () => {
    const { world, simulator } = await simulateNew();
    onlyUser(world, entry("/vms", "PVEAuditor"));
    expect(await seesGuest(simulator, 104)).toBe(true);
  });

  test("an entry for the user beats entries for the user's groups on the same path", async () => {
    const { world, simulator } = await simulateNew();
    world.users.get(USER)?.groups.push("auditors");
    const group = entry("/vms", "PVEAuditor", { kind: "group", subject: "auditors" });
    onlyUser(world, group);
    expect(await seesGuest(simulator, 104)).toBe(true);
    onlyUser(world, group, entry("/vms", "NoAccess"));
    expect(await seesGuest(simulator, 104)).toBe(false);
  });

  test("roles of several groups add up, and NoAccess among them wins", async () => {
    const { world, simulator } = await simulateNew();
    world.users.get(USER)?.groups.push("auditors", "storers", "outcasts");
    const group = (subject: string, role: string) => entry("/vms", role, { kind: "group", subject });
    onlyUser(world, group("auditors", "PVEAuditor"), group("storers", "PVEDatastoreUser"));
    expect(await getData(simulator, "/access/permissions?path=/vms/104")).toMatchObject({
      "/vms/104": { "VM.Audit": 1, "Datastore.AllocateSpace": 1 },
    });
    onlyUser(world, group("auditors", "PVEAuditor"), group("outcasts", "NoAccess"));
    expect(await seesGuest(simulator, 104)).toBe(false);
  });

  test("a role on the guest's pool gives the guest, without propagation; NoAccess there takes it", async () => {
    const { world, simulator } = await simulateNew();
    onlyToken(world, entry("/pool/production", "PVEAuditor"));
    expect(await jobIds(simulator, "/cluster/replication")).toEqual(["100-0", "100-1", "106-0"]);
    expect(await getData(simulator, "/access/permissions?path=/vms/100")).toMatchObject({
      "/vms/100": { "VM.Audit": 0 },
    });
    onlyToken(world, entry("/", "PVEAuditor"), entry("/pool/production", "NoAccess"));
    expect(await seesGuest(simulator, 100)).toBe(false);
    expect(await seesGuest(simulator, 101)).toBe(true);
  });

  test("root@pam may do everything", async () => {
    const { world, simulator } = await simulateNew();
    world.acl = [];
    world.users.set("root@pam", {
      id: "root@pam",
      password: "secret",
      enabled: true,
      groups: [],
      secondFactor: null,
    });
    const login = await send(simulator, "/access/ticket", form({ username: "root@pam", password: "secret" }));
    const { ticket } = (login.json as { data: { ticket: string } }).data;
    const cookie = `PVEAuthCookie=${encodeURIComponent(ticket)}`;
    expect((await send(simulator, "/storage/local", { headers: { cookie } })).status).toBe(200);
    expect((await send(simulator, "/storage/gone", { headers: { cookie } })).reason).toBe(
      "storage 'gone' does not exist",
    );
  });
});
