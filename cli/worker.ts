import { Command } from "commander";
import { ConfigError } from "../shared/errors";
import { type FromWorker, sentError, type ToWorker, WORKER_MARK, type WorkerStart } from "./run/messages";
import { createTally } from "./run/tally";

/** How often the parent hears what has been done. */
const TALLY_MS = 200;

/** A worker of `sluice run`, in a process of its own. It takes its orders from its parent and ends when that is gone. */
export function workerCommand(): Command {
  return new Command("worker").description("a worker process of `sluice run`; started by it alone").action(() => {
    if (!process.env[WORKER_MARK])
      throw new ConfigError("only `sluice run` starts it.", "command `worker`", "You may mean `sluice work`.");
    // Ctrl-C reaches every process of the terminal; the parent decides what becomes of it.
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
    return serve();
  });
}

async function serve(): Promise<void> {
  const stop = new AbortController();
  let isFinished = false;
  const started = new Promise<WorkerStart>((resolve, reject) => {
    process.on("message", (message: ToWorker) => {
      if (message.type === "start") resolve(message.options);
      else if (message.type === "finish") isFinished = true;
      else stop.abort();
    });
    process.once("disconnect", () => {
      stop.abort();
      reject(new Error("the parent process has gone"));
    });
    if (!process.connected) reject(new Error("the parent process has gone"));
  });
  try {
    const leasesLost = await work(await started, stop.signal, () => isFinished);
    await say({ type: "ended", leasesLost });
  } catch (thrown) {
    await say({ type: "failed", error: sentError(thrown) });
    process.exitCode = 1;
  } finally {
    if (process.connected) process.disconnect();
  }
}

async function work(options: WorkerStart, signal: AbortSignal, isFinished: () => boolean): Promise<number> {
  const { openWorker } = await import("./open-worker");
  const tally = createTally();
  const worker = await openWorker({ ...options, telemetry: tally.telemetry });
  try {
    await say({ type: "ready", model: worker.model });
    const timer = setInterval(() => void say({ type: "tally", tally: tally.dump() }), TALLY_MS);
    try {
      const { leasesLost } = await worker.run({ signal, untilDrained: isFinished });
      return leasesLost;
    } finally {
      clearInterval(timer);
      await say({ type: "tally", tally: tally.dump() });
    }
  } finally {
    await worker.close();
  }
}

/** A parent that has gone cannot be told anything. */
function say(message: FromWorker): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected || !process.send) return resolve();
    process.send(message, () => resolve());
  });
}
