import { once } from "node:events";
import type { Server } from "node:http";
import { type AddressInfo } from "node:net";
import { createUsers, type Database } from "@proxbox/database";
import { createLogger, createSecretBox, hmacSecret, parsePeppers, type SecretBox } from "@proxbox/service";
import { createTestDatabase } from "@proxbox/testing";
import { z } from "zod";
import { createApi, type SyncRequest } from "../src/index.ts";

export const token = "a".repeat(40);
export const peppers = parsePeppers(`1:${"p".repeat(40)},2:${"q".repeat(40)}`);
export const box: SecretBox = createSecretBox([{ id: "1", key: Buffer.alloc(32, 7) }]);

/** Of an update, TypeORM answers the rows and their number. */
function rowsOf(result: unknown): Record<string, unknown>[] {
  const rows = rowsSchema.safeParse(result);
  return rows.success ? rows.data : [];
}

const rowsSchema = z.array(z.record(z.string(), z.unknown()));

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed JSON; null for another type. */
  readonly body: unknown;
}

export interface Call {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ApiFixture {
  readonly origin: string;
  readonly database: Database;
  /** What the API asked of the queue's side. */
  readonly requests: SyncRequest[];
  /** Log lines at level error. */
  readonly errors: string[];
  /** Log lines at level warn. */
  readonly warnings: string[];
  readonly call: (path: string, call?: Call) => Promise<Answer>;
  readonly query: (sql: string, values?: unknown[]) => Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** The API over a database of its own, with one superuser whose token is `token`. */
export async function createApiFixture({
  trustedProxies = [],
}: { readonly trustedProxies?: readonly string[] } = {}): Promise<ApiFixture> {
  const test = await createTestDatabase();
  const { database } = test;
  const query = async (sql: string, values?: unknown[]) =>
    rowsOf(await database.source.query<unknown>(sql, values));
  await createUsers(database).ensureSuperuser({
    name: "admin",
    password: "correct horse",
    apiToken: token,
    hashSecret: (secret) => {
      const { pepperId, digest } = hmacSecret(peppers, secret);
      return { pepperId: String(pepperId), digest };
    },
  });
  const requests: SyncRequest[] = [];
  const errors: string[] = [];
  const warnings: string[] = [];
  const log = createLogger({ service: "api-test", level: "error", format: "json" });
  const app = createApi({
    database,
    secretBox: box,
    peppers,
    trustedProxies,
    log: {
      ...log,
      error: (message, fields) => void errors.push(`${message} ${String(fields?.["error"])}`),
      warn: (message, fields) => void warnings.push(`${message} ${JSON.stringify(fields)}`),
    },
    requestSync: async (request) => {
      requests.push(request);
      const [job] = await query(
        `insert into job (job_id, name, status, mode, sync_types, request_key, user_id)
         values (gen_random_uuid(), 'Proxbox Sync', 'pending', $1, $2, gen_random_uuid()::text, $3) returning id`,
        [request.mode, JSON.stringify(request.syncTypes), request.user?.id],
      );
      return { jobId: Number(job?.["id"]), created: true };
    },
    cancelJob: async (jobId) => {
      const [job] = await query("select status from job where id = $1", [jobId]);
      if (job === undefined) return null;
      if (job["status"] === "failed") return { status: "failed", cancelled: false };
      await query(
        "update job set status = 'failed', error = 'Cancelled via API.', completed = now() where id = $1",
        [jobId],
      );
      return { status: "failed", cancelled: true };
    },
  });
  const server = app.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${addressOf(server).port}`;
  return {
    origin,
    database,
    requests,
    errors,
    warnings,
    query,
    call: (path, call = {}) => callApi(`${origin}${path}`, call),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
      await test.close();
    },
  };
}

async function callApi(url: string, { method = "GET", body, headers }: Call): Promise<Answer> {
  const response = await fetch(url, {
    method,
    redirect: "manual",
    headers: {
      authorization: `Token ${token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = text !== "" && response.headers.get("content-type") === "application/json";
  const parsed: unknown = isJson ? JSON.parse(text) : null;
  return { status: response.status, headers: response.headers, text, body: parsed };
}

const listSchema = z.object({ results: z.array(z.record(z.string(), z.unknown())) });

/** The objects of a list's body. */
function resultsOf({ body }: Answer): Record<string, unknown>[] {
  return listSchema.parse(body).results;
}

/** The ids of a list's objects. */
export function idsOf(answer: Answer): number[] {
  return resultsOf(answer).map(({ id }) => Number(id));
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port");
  return address;
}
