const CONTROL_CHARACTERS = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]+/gu;

/** Text from outside as part of a sentence: one line, no control characters, at most `limit` characters. */
export function oneLine(text: string, limit = 300): string {
  const line = text
    .slice(0, 4 * limit)
    .replace(CONTROL_CHARACTERS, " ")
    .replaceAll(/ {2,}/g, " ")
    .trim();
  return line.length <= limit ? line : `${line.slice(0, limit - 3)}...`;
}
