import {
  choice,
  constant,
  defineResource,
  instant,
  integer,
  integerFilter,
  json,
  multipleChoiceFilter,
  multipleReferenceFilter,
  periodFilter,
  reference,
  singleTextFilter,
  text,
  uuidFilter,
} from "@proxbox/netbox-api";
import { nestedUser } from "./nested-forms.ts";

const statuses = {
  pending: "Pending",
  scheduled: "Scheduled",
  running: "Running",
  completed: "Completed",
  errored: "Errored",
  failed: "Failed",
};
const notifications = { always: "Always", on_failure: "On failure", never: "Never" };

/** Accepted requests, in NetBox's shape (contract section 7.1). */
export const jobs = defineResource({
  path: "core/jobs",
  model: "Job",
  objectType: "core.job",
  display: (row) => String(row["name"]),
  displayUrl: true,
  fields: {
    object_type: constant(null),
    object_id: constant(null),
    object: constant(null),
    name: text(),
    status: choice(statuses, { filter: multipleChoiceFilter(Object.keys(statuses)) }),
    created: instant({ filter: periodFilter }),
    scheduled: instant({ filter: periodFilter }),
    interval: integer(),
    started: instant({ filter: periodFilter }),
    completed: instant({ filter: periodFilter }),
    user: reference(nestedUser, { filter: multipleReferenceFilter({ path: nestedUser.path, by: "id" }) }),
    data: json(),
    error: text(),
    job_id: text({ filter: uuidFilter }),
    queue_name: text({ filter: singleTextFilter }),
    notifications: choice(notifications, { filter: multipleChoiceFilter(Object.keys(notifications)) }),
    log_entries: json(),
  },
  brief: ["url", "status", "created", "completed", "user"],
  filters: [
    "name",
    "status",
    "created",
    "scheduled",
    "interval",
    "started",
    "completed",
    "job_id",
    "queue_name",
    "notifications",
  ],
  moreFilters: {
    user: { field: "userName", filter: multipleReferenceFilter({ path: nestedUser.path, by: "username" }) },
    user_id: { field: "user", filter: multipleReferenceFilter({ path: nestedUser.path, by: "id" }) },
    object_id: { field: "objectId", filter: integerFilter },
  },
});
