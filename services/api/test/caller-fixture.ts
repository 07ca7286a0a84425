import { randomBytes } from "node:crypto";
import { hmacSecret } from "@proxbox/service";
import { type Answer, type ApiFixture, type Call, peppers } from "./api-fixture.ts";

export interface CallerFixture {
  readonly id: number;
  readonly authorization: string;
  /** Calls the API as this user. */
  readonly call: (path: string, call?: Call) => Promise<Answer>;
  /** Gives one more permission; answers its id. */
  readonly grant: (objectType: string, actions: readonly string[], constraints?: unknown) => Promise<number>;
}

/** A user who is no superuser, with a version 1 token and no permission. */
export async function createCaller(api: ApiFixture, username: string): Promise<CallerFixture> {
  const [user] = await api.query("insert into user_account (username) values ($1) returning id", [username]);
  const id = Number(user?.["id"]);
  const secret = randomBytes(20).toString("hex");
  await api.query(
    "insert into api_token (user_id, version, secret_hash, pepper_id, tail) values ($1, 1, $2, '1', $3)",
    [id, hmacSecret(peppers, secret, 1).digest, secret.slice(-6)],
  );
  const authorization = `Token ${secret}`;
  return {
    id,
    authorization,
    call: (path, call = {}) => api.call(path, { ...call, headers: { ...call.headers, authorization } }),
    grant: async (objectType, actions, constraints = null) => {
      const [permission] = await api.query(
        `with p as (insert into object_permission (name, object_types, actions, constraints)
             values ($1, $2, $3, $4) returning id)
           insert into object_permission_user (permission_id, user_id) select p.id, $5 from p returning permission_id`,
        [
          `${username} ${actions.join()}`,
          JSON.stringify([objectType]),
          JSON.stringify(actions),
          constraints === null ? null : JSON.stringify(constraints),
          id,
        ],
      );
      return Number(permission?.["permission_id"]);
    },
  };
}
