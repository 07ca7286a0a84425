import type { Call } from "./call-log.ts";
import type { World } from "./world.ts";

/** What can be made to go wrong with a call. */
export type Fault =
  /** Waits before answering normally. */
  | { kind: "latency"; ms: number }
  /** Never answers, or stops in the middle of the body; the connection stays open. */
  | { kind: "hang"; at?: "before-answer" | "mid-body" }
  /** Resets the connection. */
  | { kind: "reset"; at?: "before-answer" | "mid-body" }
  /** Announces the whole body, sends half of it and closes in order. */
  | { kind: "truncated-body" }
  /** Answers with this status; 401 and 595 to 599 have no body, others the error envelope. */
  | { kind: "status"; status: number; text?: string }
  /** A 200 whose body is not JSON. */
  | { kind: "malformed-json" }
  /** A 200 with this as `data`, whatever the call should have answered. */
  | { kind: "data"; data: unknown }
  /** A 200 with a body of at least this size: one JSON array of strings. */
  | { kind: "huge-body"; bytes: number }
  /** 301 to another address. */
  | { kind: "redirect"; location: string }
  /** Changes the world at this very call, then answers normally. */
  | { kind: "event"; apply: (world: World) => void };

/** Which calls a fault hits. */
export interface FaultRule {
  /** Default: any method. */
  method?: string;
  /** Path without `/api2/json`: `*` stands for one segment, `**` at the end for the rest. Default: any path. */
  path?: string;
  /** A further condition. */
  when?: (call: Call) => boolean;
  /** Leaves that many matching calls alone first. Default 0. */
  skip?: number;
  /** Hits that many calls, then no more. Default: all. */
  times?: number;
  fault: Fault;
}

/** A rule in force. */
export interface ActiveFault {
  readonly id: number;
  readonly rule: FaultRule;
  /** Calls that were hit so far. */
  readonly hits: number;
}

/** The rules of one simulator. Every rule that matches a call applies to it, in the order of their making. */
export interface Faults {
  add(rule: FaultRule): ActiveFault;
  /** False when there is no such rule (any more). */
  remove(id: number): boolean;
  clear(): void;
  list(): readonly ActiveFault[];
}

interface CountedRule {
  id: number;
  rule: FaultRule;
  matches: number;
  hits: number;
}

/** The rules and the question which of them a call meets. */
export function createFaults(): Faults & { meet(call: Call): Fault[] } {
  let active: CountedRule[] = [];
  let lastId = 0;
  return {
    add: (rule) => {
      const counted = { id: ++lastId, rule, matches: 0, hits: 0 };
      active.push(counted);
      return counted;
    },
    remove: (id) => {
      const before = active.length;
      active = active.filter((counted) => counted.id !== id);
      return active.length < before;
    },
    clear: () => {
      active = [];
    },
    list: () => active,
    meet: (call) => active.filter((counted) => strikes(counted, call)).map(({ rule }) => rule.fault),
  };
}

function strikes(counted: CountedRule, call: Call): boolean {
  const { rule } = counted;
  if (rule.method !== undefined && rule.method !== call.method) return false;
  if (rule.path !== undefined && !matchesPath(rule.path, call.path)) return false;
  if (rule.when && !rule.when(call)) return false;
  counted.matches++;
  const struck = counted.matches > (rule.skip ?? 0) && counted.hits < (rule.times ?? Infinity);
  if (struck) counted.hits++;
  return struck;
}

function matchesPath(pattern: string, path: string): boolean {
  const wanted = pattern.split("/");
  const given = path.split("/");
  const rest = wanted.at(-1) === "**";
  if (rest) wanted.pop();
  if (rest ? given.length < wanted.length : given.length !== wanted.length) return false;
  return wanted.every((segment, index) => segment === "*" || segment === given[index]);
}
