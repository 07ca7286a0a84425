/** @jest-config-loader esbuild-register */
import type { Config } from "jest";

const config: Config = {
  roots: ["<rootDir>/packages", "<rootDir>/services"],
  testMatch: ["**/test/**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/", "/dist/"],
  extensionsToTreatAsEsm: [".ts"],
  transform: {
    "\\.ts$": [
      "@swc/jest",
      {
        jsc: {
          target: "es2022",
          parser: { syntax: "typescript", decorators: true },
          transform: { legacyDecorator: true, useDefineForClassFields: true },
        },
        module: { type: "es6" },
      },
    ],
  },
  testEnvironmentOptions: { customExportConditions: ["@proxbox/source", "node", "node-addons"] },
  globalSetup: "<rootDir>/packages/testing/src/global-setup.ts",
  globalTeardown: "<rootDir>/packages/testing/src/global-teardown.ts",
  maxWorkers: 2,
  testTimeout: 30_000,
};

export default config;
