import { fork } from "node:child_process";
import path from "node:path";
import { ended, watchOutput } from "../../processes/child";
import { heapFlags, watchMemory } from "../../processes/memory";
import { FunctionError, HostError, WorkerExit } from "./errors";
import { type Registration, toRegistration } from "./registration";
import type { FunctionMetadata, InvocationRequest } from "./rpc";
import type { StartWorker } from "./worker";

export interface ProcessWorkerOptions {
  /** The unzipped package. */
  directory: string;
  /** The app's settings. Nothing of this process gets through but these. */
  environment: Readonly<Record<string, string>>;
  memoryMb: number;
  /** Every line of standard output and standard error. */
  onLog: (line: string) => void;
}

/** What the worker says. */
type Message =
  | { kind: "ready"; functions: FunctionMetadata[] }
  | { kind: "broken"; message: string }
  | { kind: "done"; invocationId: string }
  | { kind: "failed"; invocationId: string; message: string; stack: string };

/** What the platform grants a worker to start: https://learn.microsoft.com/azure/azure-functions/flex-consumption-plan#considerations */
const START_MS = 30_000;
/** What the host grants a worker to end: WorkerProcessExitTimeout. */
const GRACE_MS = 5_000;
const MAIN = path.join(__dirname, "worker", "main.cjs");

/** Starts Node as the host does, with a worker that drives the app's own copy of @azure/functions. */
export function processWorker(options: ProcessWorkerOptions): StartWorker {
  const { directory, environment, memoryMb, onLog } = options;
  return () => {
    const ready = Promise.withResolvers<Registration>();
    ready.promise.catch(() => {});
    const pending = new Map<string, PromiseWithResolvers<void>>();
    const child = fork(MAIN, [], {
      cwd: directory,
      env: { ...BASE_VARIABLES, HOME: directory, AzureWebJobsScriptRoot: directory, ...environment },
      execArgv: heapFlags(memoryMb),
      // Bodies are bytes, and stay bytes.
      serialization: "advanced",
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    watchOutput(child, onLog);
    let isGone = false;
    const kill = () => void child.kill("SIGKILL");
    const unwatch = watchMemory(child.pid ?? 0, memoryMb, () => {
      onLog(`Memory limit of ${memoryMb} MB exceeded.`);
      kill();
    });
    const startTimer = setTimeout(() => {
      ready.reject(new HostError(`the worker has not started within ${START_MS} ms`));
      kill();
    }, START_MS);
    const settle = (invocationId: string, error?: Error) => {
      const invocation = pending.get(invocationId);
      pending.delete(invocationId);
      if (error) invocation?.reject(error);
      else invocation?.resolve();
    };
    const onReady = (functions: FunctionMetadata[]) => {
      clearTimeout(startTimer);
      try {
        ready.resolve(toRegistration(functions, environment));
      } catch (thrown) {
        ready.reject(thrown);
      }
    };
    child.on("message", (message: Message) => {
      if (message.kind === "ready") onReady(message.functions);
      else if (message.kind === "broken") ready.reject(new HostError(message.message));
      else if (message.kind === "done") settle(message.invocationId);
      else settle(message.invocationId, new FunctionError(message.message, message.stack));
    });
    // It ends while something is said to it: whoever waits for an answer hears of the end.
    child.on("error", () => {});
    const over = ended(child).then(({ code, signal }) => {
      isGone = true;
      clearTimeout(startTimer);
      unwatch();
      const exit = new WorkerExit(signal === null ? `code ${code}` : `signal ${signal}`);
      ready.reject(exit);
      for (const invocationId of pending.keys()) settle(invocationId, exit);
    });

    return {
      pid: child.pid,
      ready: ready.promise,
      ended: over,
      invoke: (request: InvocationRequest) => {
        if (isGone || !child.connected) return Promise.reject(new WorkerExit("nobody listening"));
        const invocation = Promise.withResolvers<void>();
        pending.set(request.invocationId, invocation);
        child.send({ kind: "invoke", request });
        return invocation.promise;
      },
      kill,
      terminate: async () => {
        if (child.connected) child.send({ kind: "terminate" });
        const force = setTimeout(kill, GRACE_MS);
        await over;
        clearTimeout(force);
      },
    };
  };
}

const BASE_VARIABLES = {
  PATH: "/usr/local/bin:/usr/bin:/bin",
  LANG: "C.UTF-8",
  TZ: "UTC",
  FUNCTIONS_EXTENSION_VERSION: "~4",
  FUNCTIONS_WORKER_RUNTIME: "node",
  WEBSITE_SITE_NAME: "emulator",
  WEBSITE_SKU: "FlexConsumption",
};
