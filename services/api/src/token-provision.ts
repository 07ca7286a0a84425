import { matchesPassword, type Users } from "@proxbox/database";
import {
  type Api,
  type Caller,
  changeOf,
  type Exchange,
  parseWrite,
  refuse,
  type Reply,
  requireObject,
  secret,
  settle,
  type StoreLookup,
  text,
  toWire,
  type WritableStore,
} from "@proxbox/netbox-api";
import { z } from "zod";
import type { GuessBrake } from "./guess-brake.ts";
import { tokens } from "./resources/tokens.ts";

interface Dependencies {
  readonly users: Pick<Users, "findPassword">;
  readonly tokenStore: WritableStore;
  readonly stores: StoreLookup;
  readonly brake: GuessBrake;
}

const credentialFields = [
  { ...text({ write: "required" }), name: "username", source: "username" },
  { ...secret({ write: "required" }), name: "password", source: "password" },
];
const credentials = z.object({ username: z.string(), password: z.string() });

/** The order of the answer, which is not the one of the resource. */
const shown = [
  "id",
  "url",
  "display_url",
  "display",
  "version",
  "user",
  "key",
  "created",
  "expires",
  "last_used",
  "enabled",
  "write_enabled",
  "description",
  "allowed_ips",
  "token",
].flatMap((wanted) => tokens.fields.filter(({ name }) => name === wanted));

/** A token for a name and a password, for callers that have none yet (contract section 2.6). */
export function addTokenProvision(api: Api, { users, tokenStore, stores, brake }: Dependencies): void {
  api.add({
    path: "users/tokens/provision/",
    name: "Token Provision",
    public: true,
    handlers: { POST: provision },
  });

  async function provision(exchange: Exchange): Promise<Reply> {
    const body = requireObject(await exchange.readBody());
    const fields = [...tokens.fields.filter(({ name }) => name !== "user"), ...credentialFields];
    const written = await parseWrite(fields, { body, selected: fields, needsAll: true, stores });
    const { username, password, ...values } = written;
    const user = await findUser(credentials.parse({ username, password }));
    if (user === null) {
      await brake.failed(exchange.clientAddress);
      throw refuse(403, "Invalid username/password");
    }
    const stored = await tokenStore.create(
      settle(tokens, { ...values, user: user.id }, null),
      changeOf({ resource: tokens, store: tokenStore }, actingFor(user, exchange), ""),
    );
    return { status: 201, body: toWire(shown, { row: stored, links: exchange.links }) };
  }

  async function findUser(given: z.infer<typeof credentials>): Promise<Caller["user"] | null> {
    const found = await users.findPassword(given.username);
    // A name that nobody has takes as long as a wrong password.
    const isRight = await matchesPassword(given.password, found?.passwordHash || unknownUser);
    return found !== null && isRight && found.isActive ? { id: found.id, username: found.username } : null;
  }
}

/** No password is behind it; its cost is the one of a real hash. */
const unknownUser = `scrypt$32768$8$1$${"A".repeat(22)}$${"A".repeat(43)}`;

/** Whoever knows the password may have a token of that user, and no other. */
function actingFor(user: Caller["user"], exchange: Exchange): Exchange {
  const caller: Caller = { user, isSuperuser: false, permissions: [], writeEnabled: true };
  return { ...exchange, caller, restrict: () => null };
}
