import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { type Stage, stagesOf, type SyncType, syncTypes } from "../src/index.ts";
import { collectedSyncTypes, skippedSyncTypes } from "../src/sync-types.ts";

const order: Stage[] = ["devices", "storage", "virtual-machines", "replications"];
const needs: Record<Stage, Stage[]> = {
  devices: [],
  storage: ["devices"],
  "virtual-machines": ["devices"],
  replications: ["devices", "virtual-machines"],
};

test.each<[SyncType[], Stage[], SyncType[]]>([
  [["all"], order, []],
  [["all", "sdn", "devices"], order, []],
  [["devices"], ["devices"], []],
  [["storage"], ["devices", "storage"], []],
  [["virtual-machines"], ["devices", "virtual-machines"], []],
  [["replications"], ["devices", "virtual-machines", "replications"], []],
  [["replications", "storage"], order, []],
  [["sdn", "task-history"], [], ["task-history", "sdn"]],
  [["vm-disks", "devices"], ["devices"], ["vm-disks"]],
  [[], [], []],
])("%j runs %j and skips %j", (requested, run, skipped) => {
  expect(stagesOf(requested)).toEqual({ run, skipped });
});

test("stages come in the order of their dependencies, each once, with all that they need", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...syncTypes)), (requested) => {
      const { run } = stagesOf(requested);
      expect(run).toEqual(order.filter((stage) => run.includes(stage)));
      for (const stage of run) expect(run).toEqual(expect.arrayContaining(needs[stage]));
    }),
  );
});

test("every requested type runs or is reported as skipped, and nothing is skipped that was not requested", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...syncTypes)), (requested) => {
      const { run, skipped } = stagesOf(requested);
      if (requested.includes("all")) {
        expect({ run, skipped }).toEqual({ run: order, skipped: [] });
        return;
      }
      const done: SyncType[] = [...run, ...skipped];
      expect(requested.filter((type) => !done.includes(type))).toEqual([]);
      expect(skipped.filter((type) => !requested.includes(type))).toEqual([]);
    }),
  );
});

test("the order in which types are requested does not matter", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...syncTypes)), (requested) => {
      expect(stagesOf(requested.toReversed())).toEqual(stagesOf([...requested, ...requested]));
    }),
  );
});

test("every type but `all` is either collected or skipped", () => {
  expect([...collectedSyncTypes, ...skippedSyncTypes].toSorted()).toEqual(
    syncTypes.filter((type) => type !== "all").toSorted(),
  );
});
