import { request } from "node:https";
import { createGunzip } from "node:zlib";

/**
 * Limit (b): the calls of a sync without us, one `node:https` request and `JSON.parse` each. A child process, so that
 * the simulator has a core of its own as it has beside a worker. Prints the milliseconds of the calls.
 */
const [base = "", token = "", ...paths] = process.argv.slice(2);
const headers = { authorization: `PVEAPIToken=${token}`, "accept-encoding": "gzip" };

function get(path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const call = request(`${base}/api2/json${path}`, { headers, rejectUnauthorized: false }, (response) => {
      const chunks: Buffer[] = [];
      const body = response.headers["content-encoding"] === "gzip" ? response.pipe(createGunzip()) : response;
      body.on("data", (chunk: Buffer) => chunks.push(chunk));
      body.on("error", reject);
      body.on("end", () => {
        const parsed: unknown = JSON.parse(Buffer.concat(chunks).toString());
        resolve(parsed);
      });
    });
    call.on("error", reject);
    call.end();
  });
}

const begun = performance.now();
for (const path of paths) await get(path);
process.stdout.write(String(performance.now() - begun));
