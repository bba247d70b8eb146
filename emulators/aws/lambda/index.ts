import { randomUUID } from "node:crypto";
import { type Environment, startEnvironment } from "./environment";
import { FunctionError, MAX_PAYLOAD_BYTES, RequestTooLargeException, TooManyRequestsException } from "./errors";
import type { FunctionConfiguration } from "./variables";

export interface LambdaOptions {
  /** The unzipped function. */
  directory: string;
  /** `file.export`. Default `index.handler`. */
  handler?: string | undefined;
  /** The function's own variables. Nothing of this process gets through but these. */
  environment?: Readonly<Record<string, string>> | undefined;
  /** Default 60,000. */
  timeoutMs?: number | undefined;
  /** Of the whole process. Default 512. */
  memoryMb?: number | undefined;
  /** Most environments at a time; more invocations than that are throttled. Default 10. */
  concurrency?: number | undefined;
  /** Every line of standard output and standard error. */
  onLog?: ((line: string) => void) | undefined;
  functionName?: string | undefined;
  region?: string | undefined;
}

export interface LambdaStats {
  coldStarts: number;
  /** That reached the function. */
  invocations: number;
  throttles: number;
  errors: number;
  /** Of all cold starts that went well, in order: process start, runtime and the function's own imports. */
  initMs: readonly number[];
}

export interface Lambda {
  readonly functionArn: string;
  readonly stats: Readonly<LambdaStats>;
  /** Environments that are started and not gone. */
  environments(): number;
  /**
   * Runs the function. Resolves with its answer.
   * @throws FunctionError for what the function or its process did; TooManyRequestsException and RequestTooLargeException
   * if it did not run.
   */
  invoke(event: unknown): Promise<unknown>;
  /** Ends all processes. Invocations that run fail. */
  close(): Promise<void>;
}

/** How long a process has after SIGTERM. */
const GRACE_MS = 300;

/**
 * Runs a function as Lambda does: the same runtime API, a process per execution environment, started on demand and used
 * again, ended by a timeout, a crash or too much memory. Not emulated: freezing between invocations, the shares of a CPU,
 * the operating system and its file system, the log format of `console`, response streaming, extensions.
 */
export function openLambda(options: LambdaOptions): Lambda {
  const { concurrency = 10, onLog = () => {}, region = "us-east-1", functionName = "function" } = options;
  const configuration: FunctionConfiguration = {
    directory: options.directory,
    handler: options.handler ?? "index.handler",
    functionName,
    functionArn: `arn:aws:lambda:${region}:000000000000:function:${functionName}`,
    region,
    memoryMb: options.memoryMb ?? 512,
    timeoutMs: options.timeoutMs ?? 60_000,
    environment: options.environment ?? {},
  };
  const initMs: number[] = [];
  const stats = { coldStarts: 0, invocations: 0, throttles: 0, errors: 0, initMs };
  const started = new Set<Environment>();
  const idle: Environment[] = [];
  const taken = new Set<Promise<string>>();
  let closing: Promise<void> | undefined;

  const coldStart = async () => {
    stats.coldStarts++;
    const environment = await startEnvironment(configuration, onLog);
    started.add(environment);
    try {
      if (closing) throw closed();
      initMs.push(await environment.initialized);
      return environment;
    } catch (thrown) {
      await discard(environment);
      throw thrown;
    }
  };
  const discard = async (environment: Environment) => {
    await environment.close(0);
    started.delete(environment);
  };
  const warm = async () => {
    // The one used last is the one whose code is hot.
    for (let environment = idle.pop(); environment; environment = idle.pop()) {
      if (environment.alive()) return environment;
      await discard(environment);
    }
    return undefined;
  };
  const run = async (payload: string) => {
    const environment = (await warm()) ?? (await coldStart());
    if (closing) throw closed();
    stats.invocations++;
    try {
      return await environment.invoke(randomUUID(), payload);
    } finally {
      if (environment.alive()) idle.push(environment);
      else await discard(environment);
    }
  };

  return {
    functionArn: configuration.functionArn,
    stats,
    environments: () => started.size,
    invoke: async (event) => {
      if (closing) throw closed();
      const payload = JSON.stringify(event) ?? "null";
      const bytes = Buffer.byteLength(payload);
      if (bytes > MAX_PAYLOAD_BYTES) throw new RequestTooLargeException(bytes);
      if (taken.size >= concurrency) {
        stats.throttles++;
        throw new TooManyRequestsException();
      }
      const running = run(payload);
      taken.add(running);
      try {
        return JSON.parse(await running);
      } catch (thrown) {
        stats.errors++;
        throw thrown;
      } finally {
        taken.delete(running);
      }
    },
    close: () => {
      closing ??= (async () => {
        await Promise.all([...started].map((environment) => environment.close(GRACE_MS)));
        // A process that was about to start when this began ends itself before its invocation does.
        await Promise.allSettled(taken);
        started.clear();
      })();
      return closing;
    },
  };
}

function closed(): FunctionError {
  return new FunctionError("Runtime.ExitError", "the emulator is closed");
}

export { FunctionError, RequestTooLargeException, TooManyRequestsException } from "./errors";
