import { describe, expect, it } from "@jest/globals";

import { createLifecycle } from "../src/index.ts";

describe("a lifecycle", () => {
  it("stops in reverse order of start, one after the other, and once only", async () => {
    const events: string[] = [];
    const lifecycle = createLifecycle();
    for (const name of ["database", "queue", "server"]) {
      lifecycle.onStop(name, async () => {
        events.push(`${name} stops`);
        await Promise.resolve();
        events.push(`${name} stopped`);
      });
    }
    expect(lifecycle.signal.aborted).toBe(false);
    await Promise.all([lifecycle.stop(), lifecycle.stop()]);
    await lifecycle.stop();
    expect(lifecycle.signal.aborted).toBe(true);
    expect(events).toEqual([
      "server stops",
      "server stopped",
      "queue stops",
      "queue stopped",
      "database stops",
      "database stopped",
    ]);
  });

  it("stops the rest when one thing fails, synchronously or not, and names what failed", async () => {
    const stopped: string[] = [];
    const lifecycle = createLifecycle();
    lifecycle.onStop("database", () => void stopped.push("database"));
    lifecycle.onStop("queue", () => Promise.reject(new Error("lost")));
    lifecycle.onStop("server", () => {
      throw new Error("odd");
    });
    await expect(lifecycle.stop()).rejects.toMatchObject({
      code: "stop-failed",
      message: "server did not stop cleanly, queue did not stop cleanly",
      failures: [{ cause: { message: "odd" } }, { cause: { message: "lost" } }],
    });
    expect(stopped).toEqual(["database"]);
  });

  it("gives up at its deadline and names what hangs", async () => {
    const lifecycle = createLifecycle({ stopTimeoutMs: 20 });
    lifecycle.onStop("consumer", () => new Promise(() => undefined));
    await expect(lifecycle.stop()).rejects.toMatchObject({
      code: "stop-timeout",
      message: "consumer did not stop within 20 ms",
    });
  });

  it("lets a start come to its end first, and stops what it still registers", async () => {
    const stopped: string[] = [];
    const lifecycle = createLifecycle({
      startup: async () => {
        await Promise.resolve();
        lifecycle.onStop("late", () => void stopped.push("late"));
        throw new Error("the start gave up");
      },
    });
    await lifecycle.stop();
    expect(stopped).toEqual(["late"]);
    expect(() => lifecycle.onStop("too late", () => undefined)).toThrow("too late was started after");
  });
});
