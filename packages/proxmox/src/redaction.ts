/** Below this length a "secret" is more likely to be an ordinary word, and hiding it would only garble messages. */
const SHORTEST_SECRET = 4;
const HIDDEN = "[secret]";

/** Takes known secrets out of texts. A server, or a proxy before it, may echo what we sent. */
export interface Redaction {
  /** From now on `secret`, plain or percent-encoded, is hidden. */
  add(secret: string): void;
  readonly apply: (text: string) => string;
}

export function createRedaction(): Redaction {
  const secrets = new Set<string>();
  return {
    add(secret) {
      if (secret.length < SHORTEST_SECRET) return;
      secrets.add(secret);
      secrets.add(encodeURIComponent(secret.replaceAll(/\p{Cs}/gu, "\ufffd")));
      secrets.add(new URLSearchParams({ "": secret }).toString().slice(1));
    },
    apply(text) {
      let redacted = text;
      for (const secret of secrets) redacted = redacted.replaceAll(secret, HIDDEN);
      return redacted;
    },
  };
}
