import type { ServerResponse } from "node:http";
import { setTimeout as after } from "node:timers/promises";
import { type Listener, type ListenOptions, listen, readBody } from "../listen";
import { type Instance, type ServiceConfiguration, startInstance } from "./cloud-run/instance";

export interface CloudRunOptions extends ListenOptions {
  /** The unzipped source. */
  directory: string;
  /** Script and arguments that Node starts with. Default `index.mjs`. */
  command?: readonly string[] | undefined;
  /** The service's own variables. Nothing of this process gets through but these and PATH. */
  environment?: Readonly<Record<string, string>> | undefined;
  name?: string | undefined;
  /** Requests that one instance has at a time. Default 80. */
  concurrency?: number | undefined;
  /** Default 1. */
  maxInstances?: number | undefined;
  /** Default 60,000. */
  timeoutMs?: number | undefined;
  /** Default 512. */
  memoryMb?: number | undefined;
  /** Every line of standard output and standard error. */
  onLog?: ((line: string) => void) | undefined;
}

export interface CloudRunStats {
  coldStarts: number;
  requests: number;
  /** Answered 429, for want of an instance. */
  refused: number;
  /** Requests whose instance ended under them. */
  crashes: number;
  timeouts: number;
}

/** The address of the service, and what became of its requests. */
export interface CloudRunEmulator extends Listener {
  readonly stats: Readonly<CloudRunStats>;
  /** Starts an instance if there is none. Rejects with what keeps it from starting. */
  warmUp(): Promise<void>;
}

/** How long a request waits for an instance: https://cloud.google.com/run/docs/about-instance-autoscaling */
const PENDING_MS = 10_000;
/** From SIGTERM to SIGKILL: https://cloud.google.com/run/docs/container-contract#instance-shutdown */
const GRACE_MS = 10_000;
const LOOK_MS = 5;

interface Running {
  instance: Instance;
  requests: number;
}

/**
 * Cloud Run, as functions of the second generation run on it: processes that listen on PORT, each with many requests at a
 * time, started on demand up to a most, replaced when they end. Refuses with 429 what finds no instance, ends a request
 * with 504 after the timeout while the instance works on. Not emulated: scaling in when idle, the shares of a CPU, CPU
 * that is taken away between requests, authentication.
 */
export async function openCloudRun(options: CloudRunOptions): Promise<CloudRunEmulator> {
  const { concurrency = 80, maxInstances = 1, timeoutMs = 60_000, onLog = () => {} } = options;
  const configuration: ServiceConfiguration = {
    directory: options.directory,
    command: options.command ?? ["index.mjs"],
    name: options.name ?? "function",
    memoryMb: options.memoryMb ?? 512,
    environment: options.environment ?? {},
  };
  const stats: CloudRunStats = { coldStarts: 0, requests: 0, refused: 0, crashes: 0, timeouts: 0 };
  const running = new Set<Running>();
  let starting: Promise<Running> | undefined;
  let isClosed = false;

  const start = async (): Promise<Running> => {
    stats.coldStarts++;
    const instance = await startInstance(configuration, onLog);
    const started = { instance, requests: 0 };
    try {
      await instance.ready;
    } catch (thrown) {
      await instance.close(0);
      throw thrown;
    }
    running.add(started);
    return started;
  };
  const startOne = (): Promise<Running> => {
    starting ??= start().finally(() => {
      starting = undefined;
    });
    return starting;
  };
  const free = (): Running | undefined => {
    for (const one of running) if (!one.instance.alive()) running.delete(one);
    // The busiest that has room: the others may become idle.
    const open = [...running].filter(({ requests }) => requests < concurrency);
    return open.sort((a, b) => b.requests - a.requests)[0];
  };
  /** Waits for room, and starts instances meanwhile. Undefined after the pending time. */
  const take = async (): Promise<Running | undefined> => {
    for (const until = performance.now() + PENDING_MS; !isClosed; ) {
      const found = free();
      if (found) return found;
      if (performance.now() > until) return undefined;
      if (running.size < maxInstances) await startOne().catch((thrown: unknown) => onLog(String(thrown)));
      await after(LOOK_MS);
    }
    return undefined;
  };

  const listener = await listen(async (incoming, response) => {
    const body = await readBody(incoming);
    if (body === undefined) return;
    stats.requests++;
    const one = await take();
    if (one === undefined) {
      stats.refused++;
      return plain(response, 429, "Rate exceeded.");
    }
    one.requests++;
    const answered = one.instance.send(incoming, body).finally(() => {
      one.requests--;
    });
    const answer = await Promise.race([answered, after(timeoutMs, "late" as const, { ref: false })]);
    if (answer === "late") {
      stats.timeouts++;
      return plain(response, 504, "upstream request timeout");
    }
    if (answer === undefined) {
      stats.crashes++;
      return plain(response, 503, "The request failed because the instance ended.");
    }
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }, options);

  return {
    ...listener,
    stats,
    warmUp: async () => {
      if (free() === undefined) await startOne();
    },
    close: async () => {
      isClosed = true;
      await listener.close();
      await starting?.catch(() => {});
      await Promise.all([...running].map(({ instance }) => instance.close(GRACE_MS)));
    },
  };
}

function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain" }).end(text);
}
