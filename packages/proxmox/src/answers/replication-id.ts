import { z } from "zod";

const ID = /^\s*0*([1-9]\d*)-0*(\d+)\s*$/;
const INT32_MAX = 2_147_483_647;

export interface ReplicationId {
  readonly replicationId: string;
  readonly guest: number;
  readonly jobnum: number;
}

/**
 * `<guest>-<jobnum>` without leading zeros. Guest and number are always taken from it: what is sent beside it is the
 * same in other types, and in PVE 6 to 9 a text now and then (contract section 6).
 */
export const replicationId = z.transform((value: unknown, context): ReplicationId => {
  const [, guestText, jobnumText] = typeof value === "string" ? (ID.exec(value) ?? []) : [];
  const guest = Number(guestText);
  const jobnum = Number(jobnumText);
  if (guest <= INT32_MAX && jobnum <= INT32_MAX)
    return { replicationId: `${guest}-${jobnum}`, guest, jobnum };
  const message = value === undefined || value === null ? "is missing" : "is not like 100-0";
  context.issues.push({ code: "custom", message, input: value });
  return z.NEVER;
});

/** Only jobs of type `local` exist; Proxmox itself passes over sections of any other type. */
export const REPLICATION_TYPES = ["local"];
