import type { JsonValue } from "@proxbox/domain";
import { z } from "zod";
import { readObject } from "./read-object.ts";
import { flag, name } from "./wire-values.ts";

const wireTicket = z.object({ ticket: name, NeedTFA: flag });

export interface Ticket {
  readonly ticket: string;
  /** The ticket opens nothing but the second step of the login. */
  readonly needsSecondFactor: boolean;
}

/** `POST /access/ticket`. */
export function readTicket(data: JsonValue): Ticket {
  const { ticket, NeedTFA } = readObject(data, wireTicket, () => "The answer to the login");
  return { ticket, needsSecondFactor: NeedTFA };
}
