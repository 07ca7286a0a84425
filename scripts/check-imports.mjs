// Runs dependency-cruiser, and fails when it looked at nothing: a cruise of no modules proves nothing.
import { cruise } from "dependency-cruiser";
import extractTSConfig from "dependency-cruiser/config-utl/extract-ts-config";
import extractConfig from "dependency-cruiser/config-utl/extract-depcruise-config";

const configuration = await extractConfig("./.dependency-cruiser.cjs");
const { output } = await cruise(
  ["packages", "services"],
  { ...configuration.options, ruleSet: configuration, validate: true, outputType: "json" },
  { ...configuration.options.enhancedResolveOptions },
  { tsConfig: extractTSConfig("tsconfig.json") },
);
const { modules, summary } = JSON.parse(output);
const own = modules.filter(({ source }) => /^(packages|services)\/.*\.ts$/.test(source));
for (const { rule, from, to } of summary.violations) {
  console.error(`${rule.name}: ${from} -> ${to}`);
}
if (own.length === 0) {
  console.error("dependency-cruiser looked at no module: check its TypeScript support.");
}
console.log(`${own.length} modules, ${summary.violations.length} forbidden imports`);
process.exitCode = own.length === 0 || summary.violations.length > 0 ? 1 : 0;
