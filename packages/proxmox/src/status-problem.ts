import { z } from "zod";
import type { Problem } from "./exchange-problem.ts";
import type { HttpAnswer } from "./http-exchange.ts";
import { oneLine } from "./one-line.ts";

const errorBody = z.object({
  message: z.string().optional().catch(undefined),
  errors: z.record(z.string(), z.string()).optional().catch(undefined),
});

/** `no such file or directory` is trouble on the node, not proof that what we asked for is missing. */
const NOT_FOUND = /\bno such (?!file or directory)|does not exist|hostname lookup '.*' failed/i;
const PERMISSION = /Permission check failed\s*\(\s*([^\s,)]+)\s*(?:,\s*([^)]+?)\s*)?\)/;
const NODE_PATH = /^\/nodes\/([^/?]+)\//;

/** What a status other than 200 means (contract section 3). `who` names the credentials, without secrets. */
export function statusProblem(answer: HttpAnswer, call: string, who: string): Problem {
  const { status } = answer;
  const text = errorText(answer);
  const said = text === "" ? String(status) : `${status} ${text}`;
  const permanent = { status, passing: false };
  if (status >= 200 && status < 400)
    return { ...permanent, code: "bad-answer", message: unusual(answer, said) };
  if (status >= 595 && status <= 599) {
    return { status, code: "unreachable", message: proxyFailure(call, said), passing: true };
  }
  if (status === 401)
    return { ...permanent, code: "unauthorized", message: `Proxmox refuses ${who} (${said})` };
  if (status === 403) return { ...permanent, code: "forbidden", message: missingRight(text, who) };
  if (status === 501) {
    const message = `Proxmox does not know this call (${said}): is this Proxmox VE, and 6.2 or later?`;
    return { ...permanent, code: "bad-answer", message };
  }
  if (status === 500 && NOT_FOUND.test(text)) {
    return { ...permanent, code: "not-found", message: `Proxmox does not know what was asked for (${said})` };
  }
  return { ...permanent, code: "server-error", message: `Proxmox failed (${said})` };
}

/** Proxmox's own words: `message` of the body since 8.4, the status line before, plus refused parameters. */
function errorText({ reason, body }: HttpAnswer): string {
  const parsed = errorBody.safeParse(parseOrNull(body));
  const { message, errors } = parsed.success ? parsed.data : {};
  const parameters = Object.entries(errors ?? {}).map(([name, why]) => `${name}: ${why.trim()}`);
  const text = message === undefined || message.trim() === "" ? reason : message;
  return oneLine([text.trim(), ...parameters].join(" "));
}

function parseOrNull(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

function unusual({ status, location }: HttpAnswer, said: string): string {
  if (status < 300) return `The answer has the status ${said}, Proxmox sends 200`;
  const where = location === null ? "somewhere else" : oneLine(location.split("?", 1)[0] ?? "", 200);
  return `The address redirects to ${where} (${status}): it probably begins with http:// instead of https://, or has the wrong port`;
}

function proxyFailure(call: string, said: string): string {
  const node = NODE_PATH.exec(call)?.[1];
  if (node === undefined) return `A node could not be reached by the node that answered (${said})`;
  return `Node ${node} could not be reached by the node that answered (${said}): is it off, or its pveproxy down?`;
}

function missingRight(text: string, who: string): string {
  const [, path, privilege] = PERMISSION.exec(text) ?? [];
  if (path === undefined) return `Proxmox denies ${who} this call (403 ${text})`;
  return (
    `Proxmox denies ${who} this call: ${privilege ?? "a privilege"} on ${path} is missing. ` +
    `Give the role PVEAuditor on / with propagation, for an API token to the token and its user`
  );
}
