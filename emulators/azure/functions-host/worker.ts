import type { Registration } from "./registration";
import type { InvocationRequest } from "./rpc";

/** A process that runs the function, many invocations at a time: or what stands for one in a test. */
export interface Worker {
  readonly pid: number | undefined;
  /** What the app registers, once it is loaded. Rejects with what keeps it from that. */
  readonly ready: Promise<Registration>;
  /** Resolves when the process is gone, whoever ended it. */
  readonly ended: Promise<void>;
  /** Rejects with a FunctionError, or with a WorkerExit if the process ends before the function does. */
  invoke(request: InvocationRequest): Promise<void>;
  /** Ends it at once. */
  kill(): void;
  /** Lets the app end by itself first. */
  terminate(): Promise<void>;
}

export type StartWorker = () => Worker;
