import type { Clock, Random } from "../../shared/clock";
import { systemClock, systemRandom } from "../clock";
import { DEFAULT_GROUP, type Hub } from "./event-hubs/hub";
import { type Checkpoints, createCheckpoints } from "./functions-host/checkpoints";
import { HostError } from "./functions-host/errors";
import { createFleet } from "./functions-host/fleet";
import { readHostJson, resolveHostJson } from "./functions-host/host-json";
import { type InProcessWorker, inProcessWorker } from "./functions-host/in-process-worker";
import type { AppContext } from "./functions-host/instance";
import { createOwnership } from "./functions-host/ownership";
import { processWorker } from "./functions-host/process-worker";
import type { Registration } from "./functions-host/registration";
import type { RequestOrigin } from "./functions-host/request";
import { emptyStats, type FunctionsHostStats } from "./functions-host/stats";

export { type Checkpoint, type Checkpoints, createCheckpoints } from "./functions-host/checkpoints";
export { HostError } from "./functions-host/errors";
export type { Handler, InProcess, InProcessWorker } from "./functions-host/in-process-worker";
export type { RetryPolicy } from "./functions-host/retry";
export type { FunctionsHostStats } from "./functions-host/stats";

export interface FunctionsHostOptions {
  hub: Hub;
  /** Host name of the hub's namespace, which the function is told. Default `emulator.servicebus.windows.net`. */
  namespace?: string | undefined;
  /** The unzipped package: package.json with `main`, host.json. */
  directory?: string | undefined;
  /** A function in this process instead of the package's `main`. */
  worker?: InProcessWorker | undefined;
  /** What host.json holds, instead of the package's. Default without a package: nothing. */
  hostJson?: unknown;
  /** Default: what the function registers, else `$Default`. */
  consumerGroup?: string | undefined;
  /** The app's settings. */
  environment?: Readonly<Record<string, string>> | undefined;
  /** How many run. Default 1. */
  instances?: number | undefined;
  /** Of a worker process. Default 2,048. */
  memoryMb?: number | undefined;
  /** Default: host.json's `functionTimeout`, else 30 minutes. */
  timeoutMs?: number | undefined;
  /** Default: none yet. Hand them on to another host, as a deployment does. */
  checkpoints?: Checkpoints | undefined;
  /** How long partitions stay with an instance that is gone. The extension's own default is 120,000, the default. */
  ownershipMs?: number | undefined;
  /** Least time between restarts of a worker. The host's own is 10,000, the default. */
  restartMs?: number | undefined;
  /** How sequence numbers reach the function: the worker of August 2026 handed them over as objects. Default `number`. */
  longs?: "number" | "object" | undefined;
  clock?: Clock | undefined;
  random?: Random | undefined;
  /** Every line that the function writes or logs. */
  onLog?: ((line: string) => void) | undefined;
}

export interface InstanceState {
  id: string;
  partitions: readonly string[];
  /** Undefined in this process. */
  workerPid: number | undefined;
}

/**
 * The Azure Functions host with a function that an event hub triggers: instances that share the partitions, a Node.js
 * worker process in each, batches of one partition, retries, checkpoints. Not emulated: scaling by itself, the host's own
 * restart when files change, bindings other than the trigger.
 */
export interface FunctionsHost {
  readonly stats: Readonly<FunctionsHostStats>;
  instances(): readonly InstanceState[];
  /** An instance is gone, with host and worker and all they know; another takes its place. Default: the first. */
  kill(instance?: number): void;
  /** Only the worker process is gone: what ran in it fails, and is tried again by the retry policy. Default: the first. */
  killWorker(instance?: number): void;
  /** More instances take partitions from the others at once. Fewer: the newest finish what they run, and leave. */
  scale(instances: number): Promise<void>;
  /** As many instances as before `stop`. */
  start(): Promise<void>;
  /** Lets what runs end, and ends all instances. What was under way comes again after the next start. */
  stop(): Promise<void>;
  /** Resolves when every event of the hub has been handed to the function to the end, and nothing runs. */
  drained(): Promise<void>;
  /** Per partition, the sequence number of the last event that the checkpoint has passed. */
  checkpoints(): Readonly<Record<string, number>>;
  /** Ends all processes at once. */
  close(): Promise<void>;
}

/** Resolves when the function has started. @throws HostError for what keeps it from that. */
export async function openFunctionsHost(options: FunctionsHostOptions): Promise<FunctionsHost> {
  const { hub, clock = systemClock, random = systemRandom, instances = 1 } = options;
  const { checkpoints = createCheckpoints(), ownershipMs = 120_000, restartMs = 10_000 } = options;
  const stats = emptyStats(hub.partitionIds);
  const settings = resolveHostJson(hostJsonOf(options));
  const waiters = new Set<PromiseWithResolvers<void>>();
  let wanted = instances;
  const changed = () => {
    if (waiters.size === 0 || !fleet.idle()) return;
    for (const waiter of waiters) waiter.resolve();
    waiters.clear();
  };
  const giveUp = (thrown: unknown) => {
    for (const waiter of waiters) waiter.reject(thrown);
    waiters.clear();
  };
  const context: AppContext = {
    hub,
    settings,
    timeoutMs: options.timeoutMs ?? settings.functionTimeoutMs,
    restartMs,
    checkpoints,
    startWorker: workerOf(options),
    originOf: (registration) => originOf(registration, options),
    stats,
    clock,
    random,
    changed,
  };
  const { partitionIds: partitions } = hub;
  const ownership = createOwnership({ partitions, stats, clock, random, expiryMs: ownershipMs });
  const fleet = createFleet({ context, ownership, onBroken: giveUp });
  const close = async () => {
    ownership.close();
    giveUp(new Error("the host is closed"));
    await fleet.close();
  };
  try {
    await fleet.scale(instances);
  } catch (thrown) {
    await close();
    throw thrown;
  }

  return {
    stats,
    instances: () =>
      fleet.list().map((one) => ({ id: one.id, partitions: one.partitions(), workerPid: one.workerPid() })),
    kill: (index = 0) => fleet.kill(index),
    killWorker: (index = 0) => fleet.list()[index]?.crashWorker(),
    scale: (number) => {
      wanted = number;
      return fleet.scale(number);
    },
    start: () => fleet.scale(wanted),
    stop: () => fleet.scale(0),
    drained: () => {
      const waiter = Promise.withResolvers<void>();
      waiters.add(waiter);
      changed();
      return waiter.promise;
    },
    checkpoints: () =>
      Object.fromEntries(
        partitions.flatMap((partition) => {
          const written = checkpoints.get(partition);
          return written ? [[partition, written.sequenceNumber]] : [];
        }),
      ),
    close,
  };
}

function hostJsonOf({ hostJson, directory }: FunctionsHostOptions): unknown {
  return hostJson ?? (directory === undefined ? {} : readHostJson(directory));
}

function workerOf({ worker, directory, environment = {}, memoryMb = 2_048, onLog = () => {} }: FunctionsHostOptions) {
  if (worker) return inProcessWorker(worker, onLog);
  if (directory === undefined) throw new HostError("there is neither a directory nor a worker");
  return processWorker({ directory, environment, memoryMb, onLog });
}

function originOf(registration: Registration, options: FunctionsHostOptions): RequestOrigin {
  const { hub, namespace = "emulator.servicebus.windows.net", longs = "number" } = options;
  const { eventHubName = hub.name, consumerGroup = DEFAULT_GROUP } = registration.binding;
  if (eventHubName.toLowerCase() !== hub.name.toLowerCase()) {
    throw new HostError(`the function is triggered by the hub ${eventHubName}, and this one is ${hub.name}`);
  }
  const wanted = options.consumerGroup ?? consumerGroup;
  const group = hub.consumerGroups.find((name) => name.toLowerCase() === wanted.toLowerCase());
  if (group === undefined) throw new HostError(`the hub ${hub.name} has no consumer group ${wanted}`);
  return { registration, namespace, hub: hub.name, group, longs };
}
