import type { JsonValue } from "@proxbox/domain";
import { readTicket } from "./answers/read-ticket.ts";
import type { ProxmoxConnection, Target } from "./connection.ts";
import { exchangeProblem, type Problem } from "./exchange-problem.ts";
import {
  exchange,
  ExchangeFailure,
  type HttpAnswer,
  type HttpLimits,
  type HttpRequest,
} from "./http-exchange.ts";
import { parseData } from "./parse-json.ts";
import { ProxmoxError } from "./proxmox-error.ts";
import { createRedaction } from "./redaction.ts";
import { pauseBeforeRetry } from "./retry.ts";
import { createTicketSession, createTokenSession, credentialsName, type Session } from "./session.ts";
import { statusProblem } from "./status-problem.ts";
import { UnexpectedAnswer } from "./unexpected-answer.ts";

/** GETs `call` (a path below /api2/json), and gives what `read` makes of its data. Throws ProxmoxError or the abort reason. */
export type Get = <T>(call: string, read: (data: JsonValue) => T, signal: AbortSignal) => Promise<T>;

type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: Problem; readonly connectionWasStale: boolean };

const LOGIN = "/access/ticket";
const SECOND_FACTOR =
  "The user needs a second factor, which nobody can type here: make an API token (Datacenter, Permissions, API Tokens) and use that";

/** Authentication, retries and the translation of every failure. */
export function createApiCaller(connection: ProxmoxConnection, target: Target, limits: HttpLimits): Get {
  const { credentials, maxRetries, retryBackoffMs } = connection;
  const who = credentialsName(credentials);
  const redaction = createRedaction();
  redaction.add(credentials.kind === "token" ? credentials.secret : credentials.password);
  const session: Session =
    credentials.kind === "token"
      ? createTokenSession(credentials)
      : createTicketSession(
          (signal) => login(credentials, signal),
          () => performance.now(),
        );

  async function login(
    { username, password }: { username: string; password: string },
    signal: AbortSignal,
  ): Promise<string> {
    const form = { username, password };
    const outcome = await attempt(
      LOGIN,
      { url: target.apiUrl + LOGIN, headers: {}, form, signal },
      readTicket,
    );
    const { ticket, needsSecondFactor } = valueOf(LOGIN, outcome);
    redaction.add(ticket);
    if (needsSecondFactor) throw new ProxmoxError(SECOND_FACTOR, { code: "unauthorized", call: LOGIN });
    return ticket;
  }

  /** One exchange. Throws only the abort reason. */
  async function attempt<T>(
    call: string,
    request: HttpRequest,
    read: (data: JsonValue) => T,
  ): Promise<Outcome<T>> {
    const failed = (problem: Problem, connectionWasStale = false) =>
      ({ ok: false, problem, connectionWasStale }) as const;
    let answer: HttpAnswer | undefined;
    try {
      answer = await exchange(request, limits);
      if (answer.status !== 200) return failed(statusProblem(redacted(answer), call, who));
      return { ok: true, value: read(parseData(answer.body, redaction.apply)) };
    } catch (error) {
      if (error instanceof ExchangeFailure) {
        const problem = exchangeProblem(error.cause, target.address, limits.timeoutMs);
        return failed(problem, error.connectionWasStale);
      }
      if (!(error instanceof UnexpectedAnswer)) throw error;
      const status = answer === undefined ? {} : { status: answer.status };
      return failed({ code: "bad-answer", message: error.message, passing: false, ...status });
    }
  }

  function redacted(answer: HttpAnswer): HttpAnswer {
    const { status, reason, location, body } = answer;
    return {
      status,
      reason: redaction.apply(reason),
      location: location === null ? null : redaction.apply(location),
      body: redaction.apply(body),
    };
  }

  function valueOf<T>(call: string, outcome: Outcome<T>): T {
    if (outcome.ok) return outcome.value;
    const { code, message, status, cause } = outcome.problem;
    throw new ProxmoxError(redaction.apply(message), { code, call, status, cause });
  }

  return async (call, read, signal) => {
    const get = async (headers: Readonly<Record<string, string>>) =>
      attempt(call, { url: target.apiUrl + call, headers, signal }, read);
    let headers = await session.headers(signal);
    let outcome = await get(headers);
    let loggedInAgain = false;
    let reconnected = false;
    for (let retries = 0; !outcome.ok;) {
      const { problem, connectionWasStale } = outcome;
      if (problem.status === 401 && !loggedInAgain && session.refused(headers)) {
        loggedInAgain = true;
        headers = await session.headers(signal);
      } else if (connectionWasStale && !reconnected) {
        reconnected = true;
      } else if (problem.passing && retries < maxRetries) {
        await pauseBeforeRetry(retries, retryBackoffMs, signal);
        retries += 1;
      } else {
        break;
      }
      outcome = await get(headers);
    }
    return valueOf(call, outcome);
  };
}
