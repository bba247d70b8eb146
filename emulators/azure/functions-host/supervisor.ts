import type { Clock } from "../../../shared/clock";
import { InstanceGone } from "./errors";
import type { Registration } from "./registration";
import type { InvocationRequest } from "./rpc";
import type { FunctionsHostStats } from "./stats";
import type { StartWorker, Worker } from "./worker";

/** Keeps one worker process running in an instance. */
export interface Supervisor {
  /** Of the first worker. Rejects if it does not start. */
  readonly ready: Promise<Registration>;
  pid(): number | undefined;
  /** Waits for a worker if there is none just now. Rejects with what the function, its process or the instance did. */
  invoke(request: InvocationRequest): Promise<void>;
  /** The host itself ends the worker and starts another: that is no error of the worker. */
  restart(): void;
  /** The worker ends as if by itself. */
  crash(): void;
  /** Ends the worker for good, at once. Resolves when it is gone. */
  kill(): Promise<void>;
  /** Ends the worker for good, when the app has ended what it does. */
  terminate(): Promise<void>;
}

export interface SupervisorOptions {
  start: StartWorker;
  clock: Clock;
  stats: FunctionsHostStats;
  /** Least time between two starts after the first two. */
  restartMs: number;
  /** The worker has ended too often: the host gives the whole instance up. */
  onExhausted: () => void;
}

/** RpcFunctionInvocationDispatcher.cs: the third error within half an hour of the one before recycles the host. */
const MAX_ERRORS = 3;
const FORGET_MS = 30 * 60_000;

export function superviseWorker({ start, clock, stats, restartMs, onExhausted }: SupervisorOptions): Supervisor {
  const over = new AbortController();
  let available = deferred();
  let isAvailable = false;
  let errors: number[] = [];
  let nextStart = 0;

  const begin = (): Worker => {
    stats.workerStarts++;
    const begun = start();
    const onReady = () => {
      if (begun !== worker) return;
      isAvailable = true;
      available.resolve(begun);
    };
    // One that does not start ends, and that is seen to.
    begun.ready.then(onReady, () => {});
    void begun.ended.then(() => begun === worker && onExit());
    return begun;
  };
  const onExit = () => {
    if (over.signal.aborted) return;
    stats.workerExits++;
    const now = clock.monotonic();
    if (now - (errors.at(-1) ?? now) > FORGET_MS) errors = [];
    errors.push(now);
    if (errors.length < MAX_ERRORS) return replace();
    end();
    onExhausted();
  };
  const replace = () => {
    // Who waits already goes on waiting.
    if (isAvailable) available = deferred();
    isAvailable = false;
    const now = clock.monotonic();
    const wait = Math.max(0, nextStart - now);
    nextStart = now + wait + restartMs;
    const again = () => {
      worker = begin();
    };
    if (wait === 0) again();
    else clock.sleep(wait, over.signal).then(again, () => {});
  };
  const end = () => {
    if (over.signal.aborted) return;
    over.abort();
    if (isAvailable) available = deferred();
    available.reject(new InstanceGone());
  };
  let worker = begin();

  return {
    ready: worker.ready,
    pid: () => worker.pid,
    invoke: async (request) => {
      const current = await available.promise;
      await current.invoke(request);
    },
    restart: () => {
      const late = worker;
      replace();
      late.kill();
    },
    crash: () => worker.kill(),
    kill: () => {
      end();
      worker.kill();
      return worker.ended;
    },
    terminate: async () => {
      end();
      await worker.terminate();
    },
  };
}

function deferred(): PromiseWithResolvers<Worker> {
  const made = Promise.withResolvers<Worker>();
  // Nobody may be waiting when the instance ends.
  made.promise.catch(() => {});
  return made;
}
