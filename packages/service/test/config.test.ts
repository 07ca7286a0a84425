import { describe, expect, it } from "@jest/globals";
import { z } from "zod";

import { ConfigError, loadConfig } from "../src/index.ts";

const schema = z.object({
  DATABASE_URL: z.url(),
  PORT: z.coerce.number().int().max(65_535).default(8080),
  LOG_LEVEL: z.enum(["info", "debug"]).default("info"),
});

describe("loadConfig", () => {
  it("applies defaults to what is absent or empty, ignores the rest, and freezes the result", () => {
    const config = loadConfig(schema, {
      DATABASE_URL: "postgres://h/d",
      PORT: "",
      LOG_LEVEL: undefined,
      HOME: "/x",
    });
    expect(config).toEqual({ DATABASE_URL: "postgres://h/d", PORT: 8080, LOG_LEVEL: "info" });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it("names every unusable variable with its reason and never its value", () => {
    const load = () => loadConfig(schema, { DATABASE_URL: "", PORT: "99999", LOG_LEVEL: "hunter2" });
    expect(load).toThrow(ConfigError);
    expect(load).toThrow(
      [
        "The configuration cannot be used:",
        "  DATABASE_URL: is not set",
        "  PORT: Too big: expected number to be <=65535",
        '  LOG_LEVEL: Invalid option: expected one of "info"|"debug"',
      ].join("\n"),
    );
  });

  it("shows a rule over several variables as it is written", () => {
    const paired = schema.refine(() => false, { error: "PORT and DATABASE_URL contradict each other" });
    expect(() => loadConfig(paired, { DATABASE_URL: "postgres://h/d" })).toThrow(
      "  PORT and DATABASE_URL contradict each other",
    );
  });
});
