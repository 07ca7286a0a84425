import { afterEach, describe, expect, it } from "@jest/globals";

import { startOpsServer, type OpsServer, type Readiness } from "../src/index.ts";

let server: OpsServer;
afterEach(() => server.close());

async function start(
  ready: () => Promise<Readiness>,
): Promise<(path: string, init?: RequestInit) => Promise<unknown>> {
  server = await startOpsServer({ host: "127.0.0.1", port: 0, ready });
  return async (path, init) => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, init);
    return [response.status, await response.json()];
  };
}

describe("the health server", () => {
  it("says that the process lives, even when it is not ready", async () => {
    const ask = await start(() => Promise.reject(new Error("db.internal is down")));
    expect(await ask("/livez")).toEqual([200, { status: "ok" }]);
    expect(await ask("/readyz")).toEqual([503, { ready: false, checks: { readiness: "failed: Error" } }]);
  });

  it("answers 200 or 503 with the checks", async () => {
    let readiness: Readiness = { ready: false, checks: { database: "migrations pending" } };
    const ask = await start(() => Promise.resolve(readiness));
    expect(await ask("/readyz")).toEqual([503, readiness]);
    readiness = { ready: true, checks: { database: "ok" } };
    expect(await ask("/readyz?verbose")).toEqual([200, readiness]);
  });

  it("knows nothing else", async () => {
    const ask = await start(() => Promise.resolve({ ready: true, checks: {} }));
    expect(await ask("/")).toEqual([404, { detail: "Not found." }]);
    expect(await ask("/livez", { method: "POST" })).toEqual([404, { detail: "Not found." }]);
  });

  it("refuses to start on a port that is taken", async () => {
    await start(() => Promise.resolve({ ready: true, checks: {} }));
    const second = startOpsServer({
      host: "127.0.0.1",
      port: server.port,
      ready: () => Promise.reject(new Error()),
    });
    await expect(second).rejects.toMatchObject({
      code: "invalid-config",
      message: expect.stringContaining("OPS_PORT: cannot listen"),
    });
  });
});
