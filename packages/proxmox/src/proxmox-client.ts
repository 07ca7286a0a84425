import type {
  ClusterStatus,
  GuestFacts,
  JsonValue,
  NodeFacts,
  PermissionMap,
  ProxmoxVersion,
  ReplicationConfig,
  ReplicationRuntime,
  StorageFacts,
} from "@proxbox/domain";
import { readClusterStatus } from "./answers/read-cluster-status.ts";
import { readGuests } from "./answers/read-guests.ts";
import { readNodes } from "./answers/read-nodes.ts";
import { readPermissions } from "./answers/read-permissions.ts";
import { readReplications } from "./answers/read-replications.ts";
import { readRootCertificateFingerprint } from "./answers/read-root-certificate.ts";
import { readRuntimes } from "./answers/read-runtimes.ts";
import { readStorage } from "./answers/read-storage.ts";
import { readVersion } from "./answers/read-version.ts";
import { createApiCaller, type Get } from "./api-caller.ts";
import { checkConnection, type ProxmoxConnection, UnusableConnection } from "./connection.ts";
import { createKeepAliveAgents } from "./keep-alive-agents.ts";
import { limitConcurrency } from "./limit-concurrency.ts";
import { openSocket } from "./open-socket.ts";
import { ProxmoxError } from "./proxmox-error.ts";
import { UnexpectedAnswer } from "./unexpected-answer.ts";

export interface CallOptions {
  /** Ends the call at once, retries and login included; the method then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The calls to Proxmox VE 6.4 to 9 that a sync needs. It sends GETs and the login, nothing else. Every method throws
 * ProxmoxError, or the reason of an aborted signal. A list is either whole or an error: elements are never left out.
 */
export interface ProxmoxClient {
  version(options?: CallOptions): Promise<ProxmoxVersion>;
  /** Needs Sys.Audit on `/`. */
  clusterStatus(options?: CallOptions): Promise<ClusterStatus>;
  /** SHA-256 of the cluster's root certificate as `AB:CD:...`: the identity of a cluster (contract section 4). */
  rootCertificateFingerprint(node: string, options?: CallOptions): Promise<string>;
  /** All nodes, whatever the caller's rights. */
  nodes(options?: CallOptions): Promise<readonly NodeFacts[]>;
  /** Silently without the guests that the caller may not see. */
  guests(options?: CallOptions): Promise<readonly GuestFacts[]>;
  /** Silently without the storages that the caller may not see. */
  storage(options?: CallOptions): Promise<readonly StorageFacts[]>;
  /**
   * State of the replications of guests that live on this node. Takes a lock of the whole cluster and may repair its
   * configuration (contract section 6): ask node after node, and `replications` after the last.
   */
  nodeReplication(node: string, options?: CallOptions): Promise<readonly ReplicationRuntime[]>;
  /** From 8.1.4 silently without those that the caller may not see, before that forbidden. */
  replications(options?: CallOptions): Promise<readonly ReplicationConfig[]>;
  permissions(options?: CallOptions): Promise<PermissionMap>;
  /** Has the caller this privilege on this path, which need not exist? */
  isVisible(path: string, privilege: string, options?: CallOptions): Promise<boolean>;
  /** Ends calls that are under way (`unreachable`) and closes the connections. */
  close(): void;
}

const DEFAULT_MAX_BODY_BYTES = 64 * 1024 * 1024;
/** A node has three workers; the web interface needs some too. */
const CALLS_AT_A_TIME = 4;
const LONGEST_CONNECT_MS = 10_000;

/** Connects to nothing and never throws: an unusable connection is the ProxmoxError of every call. */
export function createProxmoxClient(connection: ProxmoxConnection): ProxmoxClient {
  const { get, close } = openApi(connection);
  const call = <T>(path: string, read: (data: JsonValue) => T, options: CallOptions | undefined) =>
    get(path, read, options?.signal ?? new AbortController().signal);
  return {
    version: (options) => call("/version", readVersion, options),
    clusterStatus: (options) => call("/cluster/status", readClusterStatus, options),
    rootCertificateFingerprint: (node, options) =>
      call(`${nodePath(node)}/certificates/info`, readRootCertificateFingerprint, options),
    nodes: (options) => call("/nodes", readNodes, options),
    guests: (options) => call("/cluster/resources?type=vm", readGuests, options),
    storage: (options) => call("/storage", readStorage, options),
    nodeReplication: (node, options) =>
      call(
        `${nodePath(node)}/replication`,
        (data) => readRuntimes(data, Math.floor(Date.now() / 1000)),
        options,
      ),
    replications: (options) => call("/cluster/replication", readReplications, options),
    permissions: (options) => call("/access/permissions", readPermissions, options),
    isVisible: (path, privilege, options) =>
      call(
        `/access/permissions?${new URLSearchParams({ path }).toString()}`,
        (data) => hasPrivilege(readPermissions(data), path, privilege),
        options,
      ),
    close,
  };
}

function nodePath(node: string): string {
  return `/nodes/${encodeURIComponent(node)}`;
}

/** An empty entry means "no privilege here"; no entry at all is not what Proxmox answers for one path. */
function hasPrivilege(permissions: PermissionMap, path: string, privilege: string): boolean {
  const privileges = Object.hasOwn(permissions, path) ? permissions[path] : undefined;
  if (privileges === undefined) throw new UnexpectedAnswer(`The answer does not speak of ${path}`);
  return Object.hasOwn(privileges, privilege);
}

function openApi(connection: ProxmoxConnection): { get: Get; close: () => void } {
  const closing = new AbortController();
  const { caller, destroy } = openCaller(connection, closing.signal);
  const limited = limitConcurrency(CALLS_AT_A_TIME);

  async function get<T>(call: string, read: (data: JsonValue) => T, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const either = AbortSignal.any([signal, closing.signal]);
    try {
      return await limited(either, () => caller(call, read, either));
    } catch (error) {
      signal.throwIfAborted();
      if (!closing.signal.aborted || error instanceof ProxmoxError) throw error;
      throw new ProxmoxError("The connection to Proxmox was closed", { code: "unreachable", call });
    }
  }

  return {
    get,
    close() {
      closing.abort();
      destroy();
    },
  };
}

function openCaller(
  connection: ProxmoxConnection,
  closing: AbortSignal,
): { caller: Get; destroy: () => void } {
  try {
    const target = checkConnection(connection);
    const { timeoutMs, maxBodyBytes = DEFAULT_MAX_BODY_BYTES } = connection;
    const agents = createKeepAliveAgents(() =>
      openSocket(target, { timeoutMs: Math.min(timeoutMs, LONGEST_CONNECT_MS), signal: closing }),
    );
    return {
      caller: createApiCaller(connection, target, { agents, timeoutMs, maxBodyBytes }),
      destroy() {
        agents.http.destroy();
        agents.https.destroy();
      },
    };
  } catch (error) {
    if (!(error instanceof UnusableConnection)) throw error;
    const { code, message } = error;
    return {
      caller: (call) => Promise.reject(new ProxmoxError(message, { code, call })),
      destroy: () => undefined,
    };
  }
}
