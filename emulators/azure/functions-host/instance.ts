import type { Clock, Random } from "../../../shared/clock";
import type { Hub } from "../event-hubs/hub";
import type { Checkpoints } from "./checkpoints";
import type { HostSettings } from "./host-json";
import { createExecutor, type Execute } from "./invocation";
import type { Member } from "./ownership";
import { openPump, type Pump } from "./pump";
import type { Registration } from "./registration";
import type { RequestOrigin } from "./request";
import type { FunctionsHostStats } from "./stats";
import { superviseWorker } from "./supervisor";
import type { StartWorker } from "./worker";

/** What all instances of an app share. */
export interface AppContext {
  hub: Hub;
  settings: HostSettings;
  timeoutMs: number;
  restartMs: number;
  checkpoints: Checkpoints;
  startWorker: StartWorker;
  /** Checks what the app registers, and says where its events come from. */
  originOf: (registration: Registration) => RequestOrigin;
  stats: FunctionsHostStats;
  clock: Clock;
  random: Random;
  /** Something may be idle now. */
  changed: () => void;
}

/** One host process with its worker process. */
export interface Instance extends Member {
  readonly id: string;
  /** Rejects if the app does not start. */
  readonly started: Promise<void>;
  partitions(): readonly string[];
  workerPid(): number | undefined;
  /** Nothing to do, and nothing running: not even what it has lost. */
  idle(): boolean;
  crashWorker(): void;
  /** Gone at once, with all it knows. Resolves when its process has ended. */
  kill(): Promise<void>;
  /** Takes no more; resolves when what runs has ended, and the worker has. */
  drain(): Promise<void>;
}

export function openInstance(id: string, context: AppContext, onExhausted: () => void): Instance {
  const { clock, stats, restartMs, startWorker, timeoutMs, random } = context;
  const supervisor = superviseWorker({ start: startWorker, clock, stats, restartMs, onExhausted });
  const pumps = new Map<string, Pump>();
  const running = new Set<Pump>();
  let execute: Execute;
  const started = supervisor.ready.then((registration) => {
    const origin = context.originOf(registration);
    execute = createExecutor({ supervisor, origin, timeoutMs, stats, clock, random });
  });
  const release = (partition: string): Pump | undefined => {
    const pump = pumps.get(partition);
    pumps.delete(partition);
    return pump;
  };

  return {
    id,
    started,
    partitions: () => [...pumps.keys()],
    workerPid: () => supervisor.pid(),
    idle: () => [...running].every((pump) => pump.idle()),
    claim: (partition) => {
      const pump = openPump({ ...context, partition, execute });
      pumps.set(partition, pump);
      running.add(pump);
      void pump.ended.then(() => {
        running.delete(pump);
        context.changed();
      });
      // It may have nothing to do, and said so before it was ours.
      context.changed();
    },
    lose: (partition) => release(partition)?.lose(),
    crashWorker: () => supervisor.crash(),
    kill: () => {
      for (const partition of pumps.keys()) release(partition)?.lose();
      return supervisor.kill();
    },
    drain: async () => {
      await Promise.all([...pumps.keys()].map((partition) => release(partition)?.stop()));
      await Promise.all([...running].map(({ ended }) => ended));
      await supervisor.terminate();
    },
  };
}
