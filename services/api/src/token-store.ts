import type { LoggedStore } from "@proxbox/database";
import { type Change, refuse, type Row, type Values, type WritableStore } from "@proxbox/netbox-api";

/**
 * Tokens as the API issues them: the answer to a creation shows the secret, and who makes one for somebody else needs
 * leave to grant.
 */
export function issueTokens(tokens: LoggedStore): WritableStore {
  return {
    ...tokens,

    async create(values, change) {
      requireGrant(values, change);
      return withSecret(await tokens.create(values, change), values);
    },

    async createMany(writes, change) {
      for (const { values } of writes) requireGrant(values, change);
      const rows = await tokens.createMany(writes, change);
      return rows.map((row, index) => withSecret(row, writes[index]?.values ?? {}));
    },
  };
}

function requireGrant({ user }: Values, change: Change): void {
  if (user === change.user.id || change.may("grant")) return;
  throw refuse(403, "This user does not have permission to create tokens for other users.");
}

function withSecret(row: Row, { token }: Values): Row {
  return { ...row, token };
}
