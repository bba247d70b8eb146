import { spawn } from "node:child_process";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { ended, watchOutput } from "../../processes/child";
import { heapFlags, watchMemory } from "../../processes/memory";
import { exited, FunctionError, outOfMemory, timedOut } from "./errors";
import { type RuntimeApi, serveRuntimeApi } from "./runtime-api";
import { type FunctionConfiguration, variables } from "./variables";

/** One process that runs the function, one invocation at a time. */
export interface Environment {
  /** Milliseconds from the start of the process until it asked for its first invocation. Rejects with the init error. */
  readonly initialized: Promise<number>;
  /** Resolves with the function's answer as JSON, once the process is ready again or gone. Rejects with a FunctionError. */
  invoke(requestId: string, event: string): Promise<string>;
  /** Ready for another invocation. */
  alive(): boolean;
  /** Asks the process to end, and ends it if it does not within the given time. */
  close(graceMs: number): Promise<void>;
}

/** The service's limit for the init phase. */
const INIT_TIMEOUT_MS = 10_000;
const RUNTIME = path.join(__dirname, "runtime.mjs");

interface Pending {
  requestId: string;
  outcome: string | FunctionError | undefined;
  promise: PromiseWithResolvers<string>;
  timer: NodeJS.Timeout;
}

/** Starts the process. Freezing between invocations is not emulated: timers and sockets of the function go on. */
export async function startEnvironment(
  configuration: FunctionConfiguration,
  onLog: (line: string) => void,
): Promise<Environment> {
  const { memoryMb, timeoutMs } = configuration;
  const init = Promise.withResolvers<number>();
  let current: Pending | undefined;
  let ready = false;
  let gone = false;
  let killed: ((requestId: string) => FunctionError) | undefined;

  const finish = (outcome: string | FunctionError) => {
    const pending = current;
    if (!pending) return;
    current = undefined;
    clearTimeout(pending.timer);
    const first = pending.outcome ?? outcome;
    if (first instanceof FunctionError) pending.promise.reject(first);
    else pending.promise.resolve(first);
  };
  const record = (requestId: string, outcome: string | FunctionError) => {
    if (current?.requestId === requestId) current.outcome ??= outcome;
  };
  const api: RuntimeApi = await serveRuntimeApi({
    ready: () => {
      ready = true;
      init.resolve(performance.now() - startedAt);
      finish(new FunctionError("Runtime.Unknown", "the runtime asked for the next invocation without an answer"));
    },
    response: record,
    error: record,
    initError: (error) => init.reject(error),
  });

  const startedAt = performance.now();
  const child = spawn(process.execPath, [...heapFlags(memoryMb), RUNTIME], {
    cwd: configuration.directory,
    env: variables(configuration, api.address),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const heap = watchOutput(child, onLog);
  const end = (why: (requestId: string) => FunctionError) => {
    killed ??= why;
    child.kill("SIGKILL");
  };
  const tooMuch = (requestId: string) => outOfMemory(requestId, memoryMb);
  const unwatch = watchMemory(child.pid ?? 0, memoryMb, () => end(tooMuch));
  const initTimer = setTimeout(() => end((requestId) => timedOut(requestId, INIT_TIMEOUT_MS)), INIT_TIMEOUT_MS);
  init.promise.then(
    () => clearTimeout(initTimer),
    () => clearTimeout(initTimer),
  );
  const closed = ended(child).then(async (how) => {
    gone = true;
    unwatch();
    const requestId = current?.requestId ?? "init";
    const why = heap.exhausted() ? tooMuch(requestId) : (killed?.(requestId) ?? exited(requestId, how));
    finish(why);
    init.reject(why);
    await api.close();
  });

  return {
    initialized: init.promise,
    alive: () => !gone && killed === undefined,
    invoke: (requestId, event) => {
      if (!ready || current || gone) throw new Error("an environment takes one invocation at a time, once initialized");
      const promise = Promise.withResolvers<string>();
      const timer = setTimeout(() => end(() => timedOut(requestId, timeoutMs)), timeoutMs);
      current = { requestId, outcome: undefined, promise, timer };
      ready = false;
      api.next({ requestId, event, deadline: Date.now() + timeoutMs, functionArn: configuration.functionArn });
      return promise.promise;
    },
    close: async (graceMs) => {
      child.kill("SIGTERM");
      const force = setTimeout(() => child.kill("SIGKILL"), graceMs);
      await closed;
      clearTimeout(force);
    },
  };
}
