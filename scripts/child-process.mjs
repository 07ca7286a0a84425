import { spawn } from "node:child_process";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
/** One Ctrl-C arrives several times: from the terminal, from npm, from a shell in between. */
const sameSignalMs = 1000;

/**
 * Runs node with these arguments and resolves with how it ended: { code, signal, output }.
 *
 * The child gets a session of its own, so that the terminal's Ctrl-C reaches it only through us, once: a service takes
 * a second signal for "at once". It may still read from the terminal.
 */
export function runChild(args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { detached: true, ...options });
    let output = "";
    child.stdout?.on("data", (chunk) => (output += chunk));
    child.stderr?.on("data", (chunk) => (output += chunk));
    let lastForwarded = -Infinity;
    const forward = (signal) => {
      if (Date.now() - lastForwarded < sameSignalMs) return;
      lastForwarded = Date.now();
      signalGroup(child, signal);
    };
    for (const signal of signals) process.on(signal, forward);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      for (const name of signals) process.removeListener(name, forward);
      resolve({ code, signal, output });
    });
  });
}

/** Ends this process as a child ended. */
export function becomeOutcomeOf({ code, signal }) {
  if (signal !== null) process.kill(process.pid, signal);
  process.exitCode = code ?? 1;
}

function signalGroup(child, signal) {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(process.platform === "win32" ? child.pid : -child.pid, signal);
  } catch (error) {
    // It ended a moment ago.
    if (error.code !== "ESRCH") throw error;
  }
}
