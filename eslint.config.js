import js from "@eslint/js";
import tseslint from "typescript-eslint";

const noImportTimeLife = {
  selector:
    ":matches(Program, ExportNamedDeclaration) > VariableDeclaration NewExpression[callee.name=/^(Redis|Queue|Worker|DataSource|Pool)$/]",
  message: "Importing a module starts nothing: create connections in a function that a main.ts calls.",
};
const noModuleMocks = {
  selector: "CallExpression[callee.object.name='jest'][callee.property.name=/^(mock|unstable_mockModule)$/]",
  message: "Test against the real thing or the simulator.",
};
const noSwallowedErrors = {
  selector: "CatchClause:not(:has(ThrowStatement)):not(:has(ReturnStatement))",
  message: "A catch adds meaning, translates or returns; it does not swallow.",
};
const noBarrels = {
  selector: "ExportAllDeclaration",
  message: "Name what the package exports.",
};

export default tseslint.config(
  { ignores: ["**/dist/**", "**/node_modules/**", ".data/**"] },
  js.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      complexity: ["error", 12],
      "max-lines": ["error", { max: 300, skipBlankLines: true, skipComments: true }],
      "max-params": ["error", 4],
      "no-restricted-properties": [
        "error",
        { object: "process", property: "env", message: "Only a main.ts reads the environment." },
      ],
      "no-restricted-syntax": ["error", noImportTimeLife, noModuleMocks, noSwallowedErrors, noBarrels],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/prefer-nullish-coalescing": ["error", { ignorePrimitives: { string: true } }],
    },
  },
  {
    files: ["**/main.ts", "**/*-main.ts", "packages/testing/src/**", "bench/**"],
    rules: { "no-restricted-properties": "off" },
  },
  {
    files: ["**/test/**", "packages/testing/src/**"],
    rules: { "max-lines": ["error", { max: 500, skipBlankLines: true, skipComments: true }] },
  },
  {
    files: ["**/migrations/**"],
    rules: { "max-lines": "off" },
  },
  {
    files: ["**/*.mjs", "**/*.js", "**/*.cjs"],
    languageOptions: {
      globals: { process: "readonly", console: "readonly", URL: "readonly", setTimeout: "readonly" },
    },
  },
);
