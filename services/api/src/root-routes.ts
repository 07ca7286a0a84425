import { hostname } from "node:os";
import { type Api, type Links, type StoreLookup, toWire } from "@proxbox/netbox-api";
import { users } from "./resources/users.ts";

/** The pages of the API that lead to others, its status, and who the caller is (contract sections 1.1 to 1.4). */
export function addRootRoutes(api: Api, stores: StoreLookup): void {
  addRoot(api, "", (links) => ({
    core: links.api("core/"),
    extras: links.api("extras/"),
    plugins: links.api("plugins/"),
    status: links.api("status/"),
    users: links.api("users/"),
    virtualization: links.api("virtualization/"),
  }));
  addRoot(api, "core/", (links) => ({
    jobs: links.api("core/jobs/"),
    "object-changes": links.api("core/object-changes/"),
  }));
  addRoot(api, "extras/", (links) => ({
    "custom-field-choice-sets": links.api("extras/custom-field-choice-sets/"),
    "custom-fields": links.api("extras/custom-fields/"),
    tags: links.api("extras/tags/"),
  }));
  addRoot(api, "users/", (links) => ({
    groups: links.api("users/groups/"),
    permissions: links.api("users/permissions/"),
    tokens: links.api("users/tokens/"),
    users: links.api("users/users/"),
  }));
  addRoot(api, "virtualization/", (links) => ({
    "virtual-machines": links.api("virtualization/virtual-machines/"),
  }));
  addRoot(api, "plugins/", (links) => ({
    "installed-plugins": links.api("plugins/installed-plugins/"),
    proxbox: links.api("plugins/proxbox/"),
  }));
  addRoot(api, "plugins/proxbox/", (links) => ({
    "proxmox-clusters": links.api("plugins/proxbox/proxmox-clusters/"),
    "proxmox-nodes": links.api("plugins/proxbox/proxmox-nodes/"),
    replications: links.api("plugins/proxbox/replications/"),
    storage: links.api("plugins/proxbox/storage/"),
    endpoints: links.api("plugins/proxbox/endpoints/"),
  }));
  addRoot(api, "plugins/proxbox/endpoints/", (links) => ({
    proxmox: links.api("plugins/proxbox/endpoints/proxmox/"),
  }));
  api.add({
    path: "plugins/installed-plugins/",
    name: "Installed Plugins",
    open: true,
    handlers: { GET: () => ({ status: 200, body: [plugin] }) },
  });
  api.add({
    path: "status/",
    name: "Status",
    open: true,
    handlers: { GET: () => ({ status: 200, body: status() }) },
  });
  api.add({
    path: "authentication-check/",
    name: "Authentication Check",
    open: true,
    handlers: {
      GET: async ({ caller, links }) => {
        const row = await stores(users.path)?.get(caller.user.id);
        if (!row) throw new Error("The caller was deleted while it was being served");
        return { status: 200, body: toWire(users.fields, { row, links }) };
      },
    },
  });
}

function addRoot(api: Api, path: string, body: (links: Links) => Record<string, string>): void {
  api.add({
    path,
    name: "API Root",
    open: true,
    handlers: { GET: ({ links }) => ({ status: 200, body: body(links) }) },
  });
}

const plugin = {
  name: "Proxbox",
  package: "netbox_proxbox",
  author: "Proxbox",
  author_email: "",
  description: "Inventory and health of Proxmox VE storage replication",
  version: "0.0.24",
  release_track: "",
};

/** Clients read `netbox-version` and decide by it what they may use. */
function status(): Record<string, unknown> {
  return {
    "django-version": "6.0.8",
    hostname: hostname(),
    installed_apps: { rest_framework: "3.17.1" },
    "netbox-version": "4.6.8",
    "netbox-full-version": "4.6.8",
    plugins: { netbox_proxbox: "0.0.24" },
    "python-version": "3.12.3",
    "rq-workers-running": 1,
  };
}
