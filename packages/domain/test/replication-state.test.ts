import { expect, test } from "@jest/globals";
import { replicationState, replicationStates, type StateFacts } from "../src/index.ts";

/** Every combination of the values that decide a state. */
function* combinations(): Generator<StateFacts> {
  const virtualMachines = [null, ...product([false, true], [null, "pve1", "pve2"])].map((pair) =>
    pair === null ? null : { stale: pair[0], node: pair[1] },
  );
  const observations = [null, { failed: false }, { failed: true }];
  const configured = product(
    product([null, "", "local", "full"], ["active", "stale"] as const),
    product([null, "not-visible", "gone"], [false, true]),
  );
  const neighbours = product(virtualMachines, observations);
  for (const [[removeJob, status], [unresolvedReason, disable]] of configured) {
    for (const [virtualMachine, observation] of neighbours) {
      for (const runtime of runtimes()) {
        const target = "pve2";
        const configured = { removeJob, status, unresolvedReason, disable, target };
        for (const worstGap of [null, 1, 900]) {
          yield { ...configured, worstGap, virtualMachine, observation, runtime };
        }
      }
    }
  }
}

function runtimes(): StateFacts["runtime"][] {
  // Just within, and just over, two minutes and two quarters of an hour.
  const flags = product(product([false, true], [false, true]), [null, 0, 120, 121, 1800, 1801]);
  const numbers = product([0, 2], [null, 4711]);
  return [
    null,
    ...product(flags, numbers).map(([[[listed, stateLost], lastSyncAge], [failCount, pid]]) => ({
      listed,
      stateLost,
      lastSyncAge,
      failCount,
      pid,
    })),
  ];
}

function product<A, B>(left: readonly A[], right: readonly B[]): [A, B][] {
  return left.flatMap((a) => right.map((b): [A, B] => [a, b]));
}

/** The table of the design, written down a second time: the first line that matches is the state. */
const table: [state: string, unknown: string | null, matches: (facts: StateFacts) => boolean][] = [
  ["removing", null, ({ removeJob }) => Boolean(removeJob)],
  ["stale", null, ({ status }) => status === "stale"],
  ["orphaned", null, ({ virtualMachine }) => Boolean(virtualMachine?.stale)],
  ["orphaned", null, ({ unresolvedReason }) => unresolvedReason === "gone"],
  ["disabled", null, ({ disable }) => disable],
  ["unknown", "guest-not-visible", ({ virtualMachine }) => !virtualMachine],
  ["unknown", "node-not-known", ({ virtualMachine }) => !virtualMachine?.node],
  ["unknown", "target-is-source", ({ virtualMachine, target }) => virtualMachine?.node === target],
  ["unknown", "node-not-observed", ({ observation }) => !observation],
  ["unknown", "node-silent", ({ observation }) => Boolean(observation?.failed)],
  ["unknown", "not-listed", ({ runtime }) => !runtime?.listed],
  ["unknown", "state-lost", ({ runtime }) => Boolean(runtime?.stateLost)],
  ["failing", null, ({ runtime }) => Boolean(runtime && runtime.failCount > 0)],
  ["syncing", null, ({ runtime }) => Boolean(runtime?.pid)],
  ["never-synced", null, ({ runtime }) => runtime?.lastSyncAge == null],
  ["overdue", null, ({ runtime, worstGap }) => worstGap === 1 && Number(runtime?.lastSyncAge) > 120],
  ["overdue", null, ({ runtime, worstGap }) => worstGap === 900 && Number(runtime?.lastSyncAge) > 1800],
  ["ok", null, () => true],
];

test("every combination of facts has the state of the first line of the table that matches", () => {
  const reached = new Set<string>();
  const wrong: unknown[] = [];
  for (const facts of combinations()) {
    const [state, unknown] = table.find(([, , matches]) => matches(facts)) ?? ["none", null];
    const answer = replicationState(facts);
    if (answer.state !== state || answer.unknown !== unknown) wrong.push({ facts, answer, state, unknown });
    reached.add(`${state} ${unknown ?? ""}`);
  }
  expect(wrong).toEqual([]);
  // Each line of the table was decisive at least once, so the comparison above left nothing out.
  expect([...reached].toSorted()).toEqual(
    [...new Set(table.map(([state, unknown]) => `${state} ${unknown ?? ""}`))].toSorted(),
  );
});

test("the states of the table are the states of the catalogue, in its order", () => {
  expect([...new Set(table.map(([state]) => state))]).toEqual([...replicationStates]);
});
