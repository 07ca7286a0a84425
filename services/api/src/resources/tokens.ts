import { randomText } from "@proxbox/database";
import {
  boolean,
  computed,
  defineResource,
  type Field,
  instant,
  instantFilter,
  integer,
  integerFilter,
  invalidInput,
  list,
  multipleReferenceFilter,
  reference,
  type Row,
  text,
  type Values,
} from "@proxbox/netbox-api";
import { z } from "zod";
import { networkSchema } from "../network.ts";
import { nestedUser } from "./nested-forms.ts";

/** API tokens (contract section 2.6). */
export const tokens = defineResource({
  path: "users/tokens",
  model: "Token",
  objectType: "users.token",
  display: ({ version, key, tail }) => (version === 2 ? String(key) : `${"*".repeat(34)}${String(tail)}`),
  displayUrl: true,
  fields: {
    version: version(),
    key: text(),
    user: owner(),
    description: text({ write: "optional", blank: true, maxLength: 200 }),
    created: instant(),
    expires: expiry(),
    last_used: instant(),
    enabled: boolean({ write: "optional" }),
    write_enabled: boolean({ write: "optional" }),
    pepper_id: integer(),
    allowed_ips: list(networkSchema, { write: "optional" }),
    token: plaintext(),
  },
  brief: ["id", "url", "display", "version", "key", "enabled", "write_enabled", "description"],
  filters: [
    "version",
    "key",
    "pepper_id",
    "enabled",
    "write_enabled",
    "description",
    "last_used",
    "created",
    "expires",
  ],
  moreFilters: {
    user: { field: "userName", filter: multipleReferenceFilter({ path: nestedUser.path, by: "username" }) },
    user_id: { field: "user", filter: multipleReferenceFilter({ path: nestedUser.path, by: "id" }) },
  },
  methods: ["POST", "PUT", "PATCH", "DELETE"],
  unique: {
    api_token_one_per_plaintext: { plaintext: ["Token with this Plaintext already exists."] },
  },
});

/** A token keeps its version for life. */
function version(): Field {
  return {
    ...integer(),
    write: {
      required: false,
      onNull: { error: "This field may not be null." },
      schema: z.unknown().transform((value, context) => {
        if (value === 1 || value === "1") return 1;
        if (value === 2 || value === "2") return 2;
        context.addIssue({ code: "custom", message: `"${String(value)}" is not a valid choice.` });
        return z.NEVER;
      }),
    },
    filter: integerFilter,
    settle: ({ version: written, ...values }, current) =>
      current === null ? { ...values, version: written ?? 2 } : values,
  };
}

/** A token keeps its user for life, so only a new one needs to be told. */
function owner(): Field {
  return {
    ...reference(nestedUser, { write: "optional" }),
    settle: ({ user, ...values }, current) => {
      if (current !== null) return values;
      if (user === undefined) throw invalidInput({ user: ["This field is required."] });
      return { ...values, user };
    },
  };
}

/** An expiry that has passed may stay, but no token begins with one. */
function expiry(): Field {
  return {
    ...instant({ write: "optional", nullable: true, filter: instantFilter }),
    settle: (values, current) => {
      const { expires } = values;
      if (current !== null || typeof expires !== "string" || Date.parse(expires) > Date.now()) return values;
      const now = new Date().toISOString().slice(0, 19).replace("T", " ");
      throw invalidInput({
        expires: [`Expiration time must be in the future. Current server time is ${now} (UTC).`],
      });
    },
  };
}

/** The secret itself: made here unless it is given, shown in the answer to its creation and never again. */
function plaintext(): Field {
  return {
    ...computed(({ token }) => token ?? null),
    source: "token",
    metadata: { type: "string" },
    write: {
      required: false,
      onNull: { error: "This field may not be null." },
      schema: z
        .string({ error: "Not a valid string." })
        .trim()
        .min(1, { error: "This field may not be blank." })
        .regex(/^[\x21-\x7e]*$/, { error: "A token is made of printable characters without spaces." }),
    },
    settle: settlePlaintext,
  };
}

function settlePlaintext({ token: written, ...values }: Values, current: Row | null): Values {
  if (current !== null) return values;
  const token = typeof written === "string" ? written : randomText(40);
  if (values["version"] === 2) return { ...values, token, key: randomText(12) };
  const words = token.length < 40 ? "at least" : "at most";
  if (token.length !== 40) {
    const message = `Ensure this value has ${words} 40 characters (it has ${token.length}).`;
    throw invalidInput({ plaintext: [message] });
  }
  return { ...values, token };
}
