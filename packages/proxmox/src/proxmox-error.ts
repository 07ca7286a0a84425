import type { FailureCode } from "@proxbox/domain";

/** Everything a `ProxmoxError` says beside its message. */
export interface ProxmoxErrorDetails {
  readonly code: Exclude<FailureCode, "node-offline">;
  readonly call: string;
  readonly status?: number | undefined;
  readonly cause?: unknown;
}

/**
 * A call to Proxmox gave no value. `message` is a sentence for an operator. Neither it nor `cause` holds a secret:
 * `cause` is a copy with the name, message and code of the original error, without its request options.
 */
export class ProxmoxError extends Error {
  override readonly name = "ProxmoxError";
  /** Never `node-offline`: that is for a node that was not asked at all. */
  readonly code: Exclude<FailureCode, "node-offline">;
  /** The path asked, for example `/cluster/replication`. */
  readonly call: string;
  /** The HTTP status, where there was an answer. */
  readonly status: number | undefined;

  constructor(message: string, details: ProxmoxErrorDetails) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.code = details.code;
    this.call = details.call;
    this.status = details.status;
  }
}
