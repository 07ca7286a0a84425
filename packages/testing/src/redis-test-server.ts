import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile } from "node:fs/promises";
import { createServer, createConnection } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** A Redis server of this test run. */
interface RedisTestServer {
  readonly url: string;
  stop(): Promise<void>;
}

const program = "redis-server";
const startTimeoutMs = 10_000;

/** Starts a `redis-server` that stores nothing; null when there is no such program on the PATH. */
export async function startRedisTestServer(folder: string): Promise<RedisTestServer | null> {
  await mkdir(folder);
  const port = await findFreePort();
  const log = join(folder, "redis.log");
  const settings = ["--port", String(port), "--bind", "127.0.0.1", "--unixsocket", socketOf(folder)];
  const storage = ["--save", "", "--appendonly", "no", "--dir", folder, "--logfile", log];
  // Detached, so that Ctrl-C leaves it to the teardown.
  const child = spawn(program, [...settings, ...storage], { detached: true, stdio: "ignore" });
  try {
    await once(child, "spawn");
  } catch (error) {
    if (typeof error === "object" && error !== null && "code" in error && error.code === "ENOENT")
      return null;
    throw error;
  }
  child.unref();
  const deadline = Date.now() + startTimeoutMs;
  while (!(await sendToRedis(folder, "PING")).includes("PONG")) {
    if (child.exitCode !== null || Date.now() > deadline) {
      throw new Error(`redis-server did not start. Its log says:\n${await readFile(log, "utf8")}`);
    }
    await delay(20);
  }
  return { url: `redis://127.0.0.1:${port}`, stop: () => stopRedisOf(folder) };
}

/** Stops the server that listens in this folder, whoever started it; does nothing when there is none. */
export async function stopRedisOf(folder: string): Promise<void> {
  await sendToRedis(folder, "SHUTDOWN NOSAVE");
}

function socketOf(folder: string): string {
  return join(folder, "redis.sock");
}

/** Sends one command and resolves with what came back until the connection closed; empty when nobody listens. */
function sendToRedis(folder: string, command: "PING" | "SHUTDOWN NOSAVE"): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = createConnection(socketOf(folder));
    socket.setEncoding("utf8");
    socket.on("connect", () => socket.write(`${command}\r\n`));
    socket.on("data", (chunk: string) => {
      answer += chunk;
      socket.end();
    });
    socket.on("error", () => resolve(""));
    socket.on("close", () => resolve(answer));
  });
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => {
        if (address !== null && typeof address === "object") resolve(address.port);
        else reject(new Error("The system gave no port number."));
      });
    });
  });
}
