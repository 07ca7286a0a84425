import { nonNegative, vmid } from "./parameters.ts";
import { missingPrivilege, Refusal } from "./refusal.ts";
import { parameter } from "./request.ts";
import { configDigest, jobEntry, parseJobs } from "./replication-config.ts";
import { listNodeJobs } from "./replication-state.ts";
import { guestOf } from "./world.ts";
import type { Answer, RequestContext, Route } from "./request.ts";

/** `/cluster/replication` and `/nodes/{node}/replication`; of the writes only the refusal. */
export const replicationRoutes: readonly Route[] = [
  { method: "GET", path: "/cluster/replication", answer: listJobs },
  { method: "GET", path: "/cluster/replication/{id}", answer: getJob },
  {
    method: "GET",
    path: "/nodes/{node}/replication",
    parameters: { guest: vmid },
    answer: listRuntime,
  },
  { method: "GET", path: "/nodes/{node}/replication/{id}/status", answer: getRuntime },
  {
    method: "GET",
    path: "/nodes/{node}/replication/{id}/log",
    parameters: { start: nonNegative, limit: nonNegative },
    answer: getLog,
  },
  { method: "POST", path: "/cluster/replication", check: refuseWrite, answer: refuseWrite },
  { method: "PUT", path: "/cluster/replication/{id}", check: refuseWrite, answer: refuseWrite },
  { method: "DELETE", path: "/cluster/replication/{id}", check: refuseWrite, answer: refuseWrite },
  {
    method: "POST",
    path: "/nodes/{node}/replication/{id}/schedule_now",
    check: refuseWrite,
    answer: refuseWrite,
  },
];

/** Drops hidden jobs or refuses the whole list, naming the first hidden guest (contract section 7). */
function visible<T>(
  items: T[],
  { permissions }: RequestContext,
  rule: { idOf: (item: T) => string; hidden: "refuse" | "leave out" },
): T[] {
  return items.filter((item) => {
    const path = `/vms/${guestOf(rule.idOf(item))}`;
    const seen = permissions.has(path, "VM.Audit");
    if (!seen && rule.hidden === "refuse") throw missingPrivilege(path, "VM.Audit");
    return seen;
  });
}

function listJobs(context: RequestContext): Answer {
  const { world, behaviour } = context;
  const jobs = visible(parseJobs(world, behaviour), context, {
    idOf: (job) => job.id,
    hidden: behaviour.hiddenJobsInCluster,
  });
  return { data: jobs.map(jobEntry) };
}

function getJob(context: RequestContext): Answer {
  const { world, behaviour } = context;
  const id = requireGuestAudit(context);
  const job = parseJobs(world, behaviour).find((candidate) => candidate.id === id);
  if (!job) throw noSuchJob(id);
  return { data: { ...jobEntry(job), digest: configDigest(world) } };
}

function listRuntime(context: RequestContext): Answer {
  const { world, node, behaviour } = context;
  const guest = context.parameters.get("guest");
  const jobs = listNodeJobs(world, node, behaviour).filter(
    ({ job }) => guest === undefined || guestOf(job.id) === Number(guest),
  );
  const seen = visible(jobs, context, { idOf: ({ job }) => job.id, hidden: behaviour.hiddenJobsOnNode });
  return { data: seen.map(({ entry }) => entry) };
}

function getRuntime(context: RequestContext): Answer {
  const { world, node, behaviour } = context;
  const id = requireGuestAudit(context);
  const found = listNodeJobs(world, node, behaviour).find(({ job }) => job.id === id);
  if (!found || (behaviour.major < 8 && found.job.disable === true)) throw noSuchJob(id);
  return { data: found.entry };
}

function getLog(context: RequestContext): Answer {
  const { node, behaviour, permissions } = context;
  const seesNode = behaviour.major >= 9 && permissions.has(`/nodes/${node.name}`, "Sys.Audit");
  const id = seesNode ? parameter(context, "id") : requireGuestAudit(context);
  const lines = node.jobLogs.get(id) ?? ["unable to open file - No such file or directory"];
  const start = Number(context.parameters.get("start") ?? 0);
  const limit = Number(context.parameters.get("limit") ?? 50);
  const end = limit === 0 ? lines.length : start + limit;
  const data = lines.map((line, index) => ({ n: index + 1, t: line })).slice(start, end);
  return { data, total: lines.length };
}

/** Returns the job id of the path. */
function requireGuestAudit(context: RequestContext): string {
  const id = parameter(context, "id");
  const path = `/vms/${guestOf(id)}`;
  if (!context.permissions.has(path, "VM.Audit")) throw missingPrivilege(path, "VM.Audit");
  return id;
}

function noSuchJob(id: string): Refusal {
  return new Refusal(500, `no such replication job '${id}'`);
}

/** The privilege is checked as on a real node; a caller who has it still changes nothing here. */
function refuseWrite(context: RequestContext): never {
  const { behaviour, permissions, parameters } = context;
  const path = behaviour.major >= 9 ? `/vms/${guestOf(parameters.get("id") ?? "0-0")}` : "/storage";
  const privilege = behaviour.major >= 9 ? "VM.Replicate" : "Datastore.Allocate";
  if (!permissions.has(path, privilege)) throw missingPrivilege(path, privilege);
  throw new Refusal(501, "the simulator does not write");
}
