/** Import directions of docs/architecture.md. A name may change; a direction may not. */
const packages = "^packages/";
const owner = (library, where) => ({
  name: `only-${where.replaceAll(/[^a-z-]/g, "")}-imports-${library.replaceAll(/[^a-z]/g, "")}`,
  severity: "error",
  from: { path: "^(packages|services)/", pathNot: `(${where}|/test/)` },
  to: { path: `^node_modules/(${library})/` },
});
const mayImport = (name, allowed) => ({
  name: `${name}-imports`,
  comment: `${name} may import ${allowed.length === 0 ? "no workspace" : allowed.join(", ")}`,
  severity: "error",
  from: { path: `^packages/${name}/src/` },
  to: { path: packages, pathNot: `^packages/(${[name, ...allowed].join("|")})/` },
});

module.exports = {
  forbidden: [
    {
      name: "no-circular",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "packages-never-import-services",
      severity: "error",
      from: { path: packages },
      to: { path: "^services/" },
    },
    {
      name: "services-never-import-each-other",
      comment: "standalone excepted: it composes the others' exported factories",
      severity: "error",
      from: { path: "^services/([^/]+)/", pathNot: "^services/standalone/" },
      to: { path: "^services/", pathNot: "^services/$1/" },
    },
    {
      name: "no-junk-drawers",
      severity: "error",
      from: {},
      to: { path: "^(packages|services)/.*(^|/)(utils?|helpers?|common|misc|shared|lib)(/|\\.ts$)" },
    },
    {
      name: "only-tests-import-testing",
      severity: "error",
      from: { pathNot: "(/test/|^packages/testing/|^bench/)" },
      to: { path: "^packages/testing/" },
    },
    {
      name: "only-standalone-and-tests-import-the-simulator",
      severity: "error",
      from: { pathNot: "(/test/|^packages/(pve-simulator|testing)/|^services/standalone/|^bench/)" },
      to: { path: "^packages/pve-simulator/" },
    },
    mayImport("calendar-event", []),
    mayImport("domain", ["calendar-event"]),
    mayImport("queue", ["domain"]),
    mayImport("database", ["domain"]),
    mayImport("proxmox", ["domain"]),
    mayImport("netbox-api", ["domain"]),
    mayImport("service", []),
    mayImport("embedded-postgres", []),
    mayImport("pve-simulator", []),
    owner("bullmq|ioredis", "packages/queue/"),
    owner("typeorm|pg", "packages/database/"),
    owner("got", "packages/proxmox/"),
    owner("winston", "packages/service/"),
    owner("express", "(packages/netbox-api/|services/api/)"),
    {
      name: "no-undeclared-dependencies",
      severity: "error",
      from: { path: "^(packages|services)/[^/]+/src/" },
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown"] },
    },
    { name: "no-unresolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(/dist/|\\.mjs$)" },
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      conditionNames: ["@proxbox/source", "import", "node", "default"],
      exportsFields: ["exports"],
    },
  },
};
