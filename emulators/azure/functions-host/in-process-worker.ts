import { InvocationContext } from "@azure/functions";
import { FunctionError, WorkerExit } from "./errors";
import { type Registration, toRegistration } from "./registration";
import type { RetryPolicy } from "./retry";
import type { FunctionMetadata, InvocationRequest } from "./rpc";
import { readTriggerMetadata, readTypedData } from "./typed-data";
import type { StartWorker } from "./worker";

export type Handler = (messages: unknown[], context: InvocationContext) => unknown;

/** What stands for the worker process while the function runs. */
export interface InProcess {
  /** Aborts when the process is ended: code that goes on after that does what a dead process cannot. */
  readonly signal: AbortSignal;
  /** Ends it as `process.exit` would: all that runs in it fails. */
  exit(code?: number): void;
}

/** What a function in this process registers. */
export interface InProcessRegistration {
  /** Default `process`. */
  name?: string | undefined;
  /** Only `many` is emulated. */
  cardinality?: "many" | undefined;
  /** How bodies reach the function: Buffers, or parsed text. Default `binary`. */
  dataType?: "binary" | "string" | undefined;
  /** Default: what fails is not tried again. */
  retry?: RetryPolicy | undefined;
}

/** A function without a process of its own, for simulations. */
export interface InProcessWorker {
  registration?: InProcessRegistration | undefined;
  /** Once per process, so that what the function keeps in memory is gone with it. */
  start(process: InProcess): Handler | Promise<Handler>;
}

/** As many as are started share this process, but nothing else. */
export function inProcessWorker(options: InProcessWorker, onLog: (line: string) => void): StartWorker {
  const { registration: given = {} } = options;
  const registration = { ...toRegistration([toMetadata(given)], {}), retry: given.retry };
  return () => {
    const killed = new AbortController();
    const ended = Promise.withResolvers<void>();
    const running = new Set<PromiseWithResolvers<unknown>>();
    const exit = (how: string) => {
      if (killed.signal.aborted) return;
      killed.abort(new WorkerExit(how));
      for (const one of running) one.reject(killed.signal.reason);
      ended.resolve();
    };
    /** Whatever it does, it is over when the process is. */
    const whileAlive = <T>(work: Promise<T>): Promise<T> => {
      if (killed.signal.aborted) return Promise.reject(killed.signal.reason);
      const one = Promise.withResolvers<T>();
      running.add(one as PromiseWithResolvers<unknown>);
      work.then(one.resolve, one.reject);
      return one.promise.finally(() => running.delete(one as PromiseWithResolvers<unknown>));
    };
    const kill = () => exit("signal SIGKILL");
    const process: InProcess = { signal: killed.signal, exit: (code = 0) => exit(`code ${code}`) };
    const handler = Promise.resolve().then(() => options.start(process));
    const ready = whileAlive(handler.then(() => registration));
    ready.catch(kill);

    return {
      pid: undefined,
      ready,
      ended: ended.promise,
      invoke: (request) => whileAlive(run(handler, request, registration, onLog)),
      kill,
      terminate: async () => exit("code 0"),
    };
  };
}

async function run(
  handler: Promise<Handler>,
  request: InvocationRequest,
  { name, binding }: Registration,
  onLog: (line: string) => void,
): Promise<void> {
  const context = new InvocationContext({
    invocationId: request.invocationId,
    functionName: name,
    logHandler: (_level, ...parts) => onLog(parts.map(String).join(" ")),
    ...(request.retryContext && { retryContext: request.retryContext }),
    triggerMetadata: readTriggerMetadata(request),
    options: { trigger: { name: binding.name, type: binding.type } },
  });
  const [input] = request.inputData;
  try {
    await (await handler)(readTypedData(input?.data ?? {}) as unknown[], context);
  } catch (thrown) {
    const { message, stack } = thrown instanceof Error ? thrown : new Error(String(thrown));
    throw new FunctionError(message, stack);
  }
}

function toMetadata({ name = "process", dataType = "binary" }: InProcessRegistration): FunctionMetadata {
  return { name, bindings: { messages: { type: "eventHubTrigger", cardinality: "many", dataType } } };
}
