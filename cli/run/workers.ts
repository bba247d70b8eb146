import { type ChildProcess, fork } from "node:child_process";
import path from "node:path";
import type { ModelInfo } from "../../shared/ports";
import { Failure } from "../failure";
import { type FromWorker, receivedError, type ToWorker, WORKER_MARK, type WorkerStart } from "./messages";
import { createTally, type Tally, type TallyDump } from "./tally";

export interface WorkersOptions {
  count: number;
  start: Omit<WorkerStart, "name">;
  /** For people: a worker was replaced. */
  onNote(text: string): void;
}

/** Worker processes that share the partitions. One that dies is replaced; the others have its work until then. */
export interface Workers {
  /** Once each has loaded the model. */
  ready: Promise<ModelInfo>;
  /** Once all have ended; when the last one was done (`performance.now()`). Rejects with what keeps one from going on. */
  ended: Promise<number>;
  /** What all of them have done so far. */
  tally(): Tally;
  /** Nothing more will be appended: they end when everything is processed. */
  finish(): void;
  /** They end after their current batch. */
  stop(): void;
  /** Ends them at once. Safe: what is not checkpointed is done again. */
  kill(): void;
  /** Whether something happened that makes their own counts inexact: a crash, or a partition that changed hands. */
  isDisturbed(): boolean;
}

const SCRIPT = path.resolve(__dirname, "..", "sluice.cjs");
const MAX_REPLACED = 3;

export function startWorkers({ count, start, onNote }: WorkersOptions): Workers {
  const children = new Set<ChildProcess>();
  const tallies = new Map<ChildProcess, TallyDump>();
  const ready = Promise.withResolvers<ModelInfo>();
  const ended = Promise.withResolvers<number>();
  // Whoever waits for the one may not yet be waiting for the other.
  ready.promise.catch(() => {});
  ended.promise.catch(() => {});
  const isReady = new Set<number>();
  let replaced = 0;
  let leasesLost = 0;
  let doneAt = performance.now();
  let order: "finish" | "stop" | undefined;

  const tell = (child: ChildProcess, message: ToWorker) => {
    if (child.connected) child.send(message, () => {});
  };

  const fail = (error: Error) => {
    ready.reject(error);
    ended.reject(error);
    order = "stop";
    for (const child of children) tell(child, { type: "stop" });
  };

  const launch = (number: number) => {
    const child = fork(SCRIPT, ["worker"], {
      env: { ...process.env, [WORKER_MARK]: "1" },
      // V8 lets the young generation grow to hundreds of MB where garbage is made fast; bounded, a worker stays at some 180 MB.
      execArgv: ["--max-semi-space-size=16"],
      stdio: ["ignore", 2, 2, "ipc"],
    });
    let isDone = false;
    children.add(child);
    tell(child, { type: "start", options: { ...start, name: `run-${number}` } });
    if (order) tell(child, { type: order });
    child.on("message", (message: FromWorker) => {
      if (message.type === "ready") {
        isReady.add(number);
        if (isReady.size === count) ready.resolve(message.model);
      } else if (message.type === "tally") tallies.set(child, message.tally);
      else if (message.type === "ended") {
        isDone = true;
        doneAt = performance.now();
        leasesLost += message.leasesLost;
      } else if (message.type === "failed") {
        isDone = true;
        fail(receivedError(message.error));
      }
    });
    child.on("error", (error) => fail(new Failure(`a worker process cannot be started: ${error.message}.`)));
    whenGone(child, (how) => {
      children.delete(child);
      if (!isDone && order !== "stop") replace(number, how);
      if (children.size === 0) ended.resolve(doneAt);
    });
  };

  const replace = (number: number, how: string) => {
    if (++replaced > MAX_REPLACED)
      return fail(
        new Failure(`worker processes keep dying (${how}). Nothing is lost: run the same command again to go on.`),
      );
    onNote(`worker ${number} has died (${how}); another one takes its place.`);
    launch(number);
  };

  for (let number = 1; number <= count; number++) launch(number);

  return {
    ready: ready.promise,
    ended: ended.promise,
    tally: () => {
      const sum = createTally();
      for (const dump of tallies.values()) sum.merge(dump);
      return sum;
    },
    finish: () => {
      order ??= "finish";
      for (const child of children) tell(child, { type: "finish" });
    },
    stop: () => {
      order = "stop";
      for (const child of children) tell(child, { type: "stop" });
    },
    kill: () => {
      order = "stop";
      for (const child of children) child.kill("SIGKILL");
    },
    isDisturbed: () => replaced > 0 || leasesLost > 0,
  };
}

/**
 * Once a child has ended and all that it said has been heard: with many children, the news of its end can come before its
 * last words, which are still in the channel.
 */
export function whenGone(child: Pick<ChildProcess, "on" | "once" | "connected">, gone: (how: string) => void): void {
  child.on("exit", (code, signal) => {
    const how = signal ?? `exit code ${code}`;
    if (child.connected) child.once("disconnect", () => gone(how));
    else gone(how);
  });
}
