import { z } from "zod";
import { deleteToken, hideGuest, revokeRights } from "./access-events.ts";
import { buildWorld } from "./build-world.ts";
import {
  emptyCluster,
  finishJobRemoval,
  migrateGuest,
  removeGuest,
  removeJobAtOnce,
  runJob,
  startJobRemoval,
  stealGuest,
} from "./guest-events.ts";
import {
  becomeCluster,
  bringNodeOnline,
  loseQuorum,
  regainQuorum,
  setVersion,
  takeNodeOffline,
} from "./node-events.ts";
import { setView } from "./permission-views.ts";
import type { World } from "./world.ts";

const vmid = z.int().min(100);
const job = z.string();
const node = z.string();
const place = z.enum(["before-answer", "mid-body"]).exactOptional();

/** A fault rule as JSON: predicates and events exist in-process only. */
export const faultRequest = z.strictObject({
  method: z.string().exactOptional(),
  path: z.string().startsWith("/").exactOptional(),
  skip: z.int().nonnegative().exactOptional(),
  times: z.int().positive().exactOptional(),
  fault: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("latency"), ms: z.number().nonnegative() }),
    z.strictObject({ kind: z.literal("hang"), at: place }),
    z.strictObject({ kind: z.literal("reset"), at: place }),
    z.strictObject({ kind: z.literal("truncated-body") }),
    z.strictObject({
      kind: z.literal("status"),
      status: z.int().min(400).max(599),
      text: z.string().exactOptional(),
    }),
    z.strictObject({ kind: z.literal("malformed-json") }),
    z.strictObject({ kind: z.literal("data"), data: z.json() }),
    z.strictObject({ kind: z.literal("huge-body"), bytes: z.int().positive() }),
    z.strictObject({ kind: z.literal("redirect"), location: z.string() }),
  ]),
});

const view = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("full") }),
  z.strictObject({ kind: z.literal("partial"), vmids: z.array(vmid) }),
  z.strictObject({ kind: z.literal("hole"), vmids: z.array(vmid) }),
  z.strictObject({ kind: z.literal("no-propagation") }),
  z.strictObject({ kind: z.literal("none") }),
]);

const proxyFailure = z.strictObject({
  status: z.literal([595, 596]),
  reason: z.string(),
  delayMs: z.number().nonnegative(),
});
const at = z.int().positive();
const duration = z.number().nonnegative();
const runResult = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("running"), at, pid: z.int().positive() }),
  z.strictObject({ kind: z.literal("succeeded"), at, duration }),
  z.strictObject({ kind: z.literal("failed"), at, duration, error: z.string() }),
]);

/** A change of the world as JSON, parsed into the change itself; the words are those of the exported functions. */
export const eventRequest = z.discriminatedUnion("event", [
  z
    .strictObject({
      event: z.literal("take-node-offline"),
      node,
      statistics: z.enum(["fresh", "gone"]).exactOptional(),
      answer: proxyFailure.exactOptional(),
    })
    .transform(({ node: name, event: _event, ...options }): WorldChange => {
      return (world) => takeNodeOffline(world, name, options);
    }),
  z.strictObject({ event: z.literal("bring-node-online"), node }).transform(
    (request): WorldChange =>
      (world) =>
        bringNodeOnline(world, request.node),
  ),
  z.strictObject({ event: z.literal("lose-quorum") }).transform((): WorldChange => loseQuorum),
  z.strictObject({ event: z.literal("regain-quorum") }).transform((): WorldChange => regainQuorum),
  z.strictObject({ event: z.literal("set-version"), version: z.string() }).transform(
    ({ version }): WorldChange =>
      (world) =>
        setVersion(world, version),
  ),
  z.strictObject({ event: z.literal("set-view"), view }).transform(
    (request): WorldChange =>
      (world) =>
        setView(world, request.view),
  ),
  z.strictObject({ event: z.literal("hide-guest"), vmid }).transform(
    (request): WorldChange =>
      (world) =>
        hideGuest(world, request.vmid),
  ),
  z
    .strictObject({ event: z.literal("revoke-rights") })
    .transform((): WorldChange => (world) => revokeRights(world)),
  z
    .strictObject({ event: z.literal("delete-token") })
    .transform((): WorldChange => (world) => deleteToken(world)),
  z
    .strictObject({
      event: z.literal("start-job-removal"),
      job,
      how: z.enum(["full", "local"]).exactOptional(),
    })
    .transform(
      (request): WorldChange =>
        (world) =>
          startJobRemoval(world, request.job, request.how),
    ),
  z.strictObject({ event: z.literal("finish-job-removal"), job }).transform(
    (request): WorldChange =>
      (world) =>
        finishJobRemoval(world, request.job),
  ),
  z.strictObject({ event: z.literal("remove-job-at-once"), job }).transform(
    (request): WorldChange =>
      (world) =>
        removeJobAtOnce(world, request.job),
  ),
  z.strictObject({ event: z.literal("migrate-guest"), vmid, to: node }).transform(
    (request): WorldChange =>
      (world) =>
        migrateGuest(world, request.vmid, request.to),
  ),
  z.strictObject({ event: z.literal("steal-guest"), vmid, to: node }).transform(
    (request): WorldChange =>
      (world) =>
        stealGuest(world, request.vmid, request.to),
  ),
  z.strictObject({ event: z.literal("remove-guest"), vmid, purge: z.boolean() }).transform(
    (request): WorldChange =>
      (world) =>
        removeGuest(world, request.vmid, request),
  ),
  z.strictObject({ event: z.literal("run-job"), job, result: runResult }).transform(
    (request): WorldChange =>
      (world) =>
        runJob(world, request.job, request.result),
  ),
  z.strictObject({ event: z.literal("empty-cluster") }).transform((): WorldChange => emptyCluster),
  z
    .strictObject({ event: z.literal("become-cluster"), clusterName: z.string(), seed: z.int() })
    .transform(({ clusterName, seed }): WorldChange => {
      return (world) => becomeCluster(world, buildWorld({ clusterName, seed }));
    }),
]);

type WorldChange = (world: World) => void;
