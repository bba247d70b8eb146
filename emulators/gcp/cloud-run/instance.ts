import { spawn } from "node:child_process";
import { Agent, type IncomingMessage, request } from "node:http";
import { type AddressInfo, connect, createServer } from "node:net";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as after } from "node:timers/promises";
import { ended, watchOutput } from "../../processes/child";
import { heapFlags, watchMemory } from "../../processes/memory";

export interface ServiceConfiguration {
  /** The unzipped source. */
  directory: string;
  /** Script and arguments that Node starts with, relative to the directory. */
  command: readonly string[];
  name: string;
  memoryMb: number;
  environment: Readonly<Record<string, string>>;
}

/** What comes back from the container; `undefined` if it went away before it answered. */
export interface ContainerAnswer {
  status: number;
  headers: IncomingMessage["headers"];
  body: Buffer;
}

/** One container: a process that listens on the port it is told. */
export interface Instance {
  /** Milliseconds until it took connections. Rejects if it ends before, or takes too long. */
  readonly ready: Promise<number>;
  alive(): boolean;
  send(
    incoming: Pick<IncomingMessage, "method" | "url" | "headers">,
    body: Buffer,
  ): Promise<ContainerAnswer | undefined>;
  /** SIGTERM, and SIGKILL after the grace period. */
  close(graceMs: number): Promise<void>;
}

/** The default start-up probe gives up after four minutes; here a start that takes this long is a mistake. */
const START_TIMEOUT_MS = 15_000;
const PROBE_MS = 10;
/** How long a process that dropped a connection may take to end, if it ends. */
const ENDING_MS = 500;
const WATCH_PARENT = path.join(__dirname, "parent.cjs");

export async function startInstance(
  { directory, command, name, memoryMb, environment }: ServiceConfiguration,
  onLog: (line: string) => void,
): Promise<Instance> {
  const port = await freePort();
  const agent = new Agent({ keepAlive: true });
  const startedAt = performance.now();
  let gone = false;
  const child = spawn(process.execPath, [...heapFlags(memoryMb), "--require", WATCH_PARENT, ...command], {
    cwd: directory,
    // All that a container gets to see: https://cloud.google.com/run/docs/container-contract#env-vars
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: directory,
      K_SERVICE: name,
      K_REVISION: `${name}-00001`,
      K_CONFIGURATION: name,
      ...environment,
      PORT: String(port),
    },
    stdio: ["pipe", "pipe", "pipe"],
  });
  watchOutput(child, onLog);
  const unwatch = watchMemory(child.pid ?? 0, memoryMb, () => {
    onLog(`Memory limit of ${memoryMb} MiB exceeded.`);
    child.kill("SIGKILL");
  });
  const closed = ended(child).then(() => {
    gone = true;
    unwatch();
    agent.destroy();
  });

  const probe = async (): Promise<number> => {
    for (;;) {
      if (gone) throw new Error("the container ended before it listened on PORT");
      if (performance.now() - startedAt > START_TIMEOUT_MS) throw new Error("the container does not listen on PORT");
      if (await accepts(port)) return performance.now() - startedAt;
      await after(PROBE_MS);
    }
  };
  const ready = probe();
  ready.catch(() => {});

  return {
    ready,
    alive: () => !gone,
    send: ({ method, url, headers }, body) =>
      new Promise((resolve) => {
        const sent = request({ host: "127.0.0.1", port, method, path: url, headers, agent }, (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("end", () =>
            resolve({ status: response.statusCode ?? 500, headers: response.headers, body: Buffer.concat(chunks) }),
          );
          response.on("error", () => void Promise.race([closed, after(ENDING_MS)]).then(() => resolve(undefined)));
        });
        // The connection ends before the process has: whoever hears of it must not send the next request there.
        sent.on("error", () => void Promise.race([closed, after(ENDING_MS)]).then(() => resolve(undefined)));
        sent.end(body);
      }),
    close: async (graceMs) => {
      child.kill("SIGTERM");
      const force = setTimeout(() => child.kill("SIGKILL"), graceMs);
      await closed;
      clearTimeout(force);
    },
  };
}

/** Somebody else may take it until the container does; then the container ends, and the next one gets another. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
