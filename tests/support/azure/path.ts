import { randomUUID } from "node:crypto";
import type { InvocationContext } from "@azure/functions";
import type { Clock, DeadLetter, Infer, Pipeline, Random, StoredPrediction, Telemetry } from "sluice";
import { azureArchive } from "../../../adapters/azure/archive";
import { azureDeadLetters } from "../../../adapters/azure/deadletter";
import { type AzureIngestOptions, azureIngest } from "../../../adapters/azure/ingest";
import { azureStore } from "../../../adapters/azure/store";
import { systemClock } from "../../../adapters/system";
import type { Provisioned } from "../../../emulators/azure";
import type { Hub } from "../../../emulators/azure/event-hubs";
import {
  createCheckpoints,
  type FunctionsHost,
  type InProcessWorker,
  openFunctionsHost,
} from "../../../emulators/azure/functions-host";
import { createHandler } from "../../../functions/azure/compose";
import { readSettings } from "../../../functions/azure/settings";
import { memoryInfer } from "../memory";
import { all, testPipeline } from "../records";
import type { AzureServices } from "./services";

export interface PathOptions {
  pipeline?: Pipeline;
  /** Default 1. */
  partitions?: number;
  clock?: Clock;
  random?: Random;
  /** Default: a model in memory. */
  infer?: Infer;
  /** Of the function, besides those that name its services. */
  variables?: Readonly<Record<string, string>>;
  /** Pauses of the retry policy, whole seconds. Default: none. */
  retrySeconds?: { minimum: number; maximum: number };
  /** Of the host: events per batch and the like. */
  eventHubs?: Readonly<Record<string, unknown>>;
  instances?: number;
  telemetry?: Telemetry;
  /** Of the producer. */
  producer?: Partial<AzureIngestOptions>;
  /** Stands between the host and the handler. `exit` ends the worker process. */
  around?: (batch: Batch, run: () => Promise<void>, exit: () => void) => Promise<void>;
  /** The function's package in processes of its own, instead of the handler in this one. */
  deployed?: Deployed;
}

/** A function as it is uploaded. */
export interface Deployed {
  directory: string;
  /** Besides what names its services. */
  environment: Readonly<Record<string, string>>;
  timeoutMs?: number;
  memoryMb?: number;
}

/** What the host hands over. */
export interface Batch {
  messages: readonly Buffer[];
  context: InvocationContext;
}

/** A deployed pipeline on emulated services: producer, hub, host, handler, stores. */
export interface AzurePath {
  readonly urls: Provisioned;
  /** The function's variables. */
  readonly environment: Readonly<Record<string, string>>;
  readonly hub: Hub;
  readonly ingest: ReturnType<typeof azureIngest>;
  /** Once it has been opened. */
  readonly host: FunctionsHost;
  /** Starts the host and waits until every event is behind a checkpoint. */
  run(): Promise<void>;
  start(): Promise<FunctionsHost>;
  /** Another version of the function goes on where the one before stopped. */
  redeploy(deployed: Deployed): Promise<FunctionsHost>;
  stored(): Promise<StoredPrediction[]>;
  letters(): Promise<DeadLetter[]>;
  /** Actions as they arrived, with repeats. */
  actions(): { id: string; eventId: string; key: string }[];
  /** Raw events, as the archive has them. */
  archived(): Promise<string[]>;
  readonly deadLetters: ReturnType<typeof azureDeadLetters>;
  close(): Promise<void>;
}

const GROUP = "sluice";
/** Of the host until others may have what a killed instance owned. */
const OWNERSHIP_MS = 500;
/** Least time between two starts of a worker. */
const RESTART_MS = 100;

export async function openPath(services: AzureServices, options: PathOptions = {}): Promise<AzurePath> {
  const { pipeline = testPipeline, clock = systemClock, random = Math.random, partitions = 1 } = options;
  const id = randomUUID();
  const names = { hub: `h-${id}`, partitions, consumerGroup: GROUP, container: `d-${id}/predictions` };
  const boxes = { deadLetters: `letters-${id}`, archive: `archive-${id}`, queue: `queue-${id}`, topic: `topic-${id}` };
  const urls = await services.provision({ ...names, ...boxes });
  const environment = { ...variablesOf(names.hub, urls), ...options.variables };
  const hub = services.services.eventHubs.hub(names.hub);
  const { minimum = 0, maximum = 0 } = options.retrySeconds ?? {};
  const worker: InProcessWorker = {
    registration: {
      dataType: "binary",
      cardinality: "many",
      retry: {
        strategy: "exponentialBackoff",
        ...{ minimumSeconds: minimum, maximumSeconds: maximum, maxRetryCount: -1 },
      },
    },
    start: async ({ exit }) => {
      const handler = await createHandler({
        ...{ pipeline, infer: options.infer ?? memoryInfer(), clock, random, maxInFlight: 1 },
        settings: readSettings(environment, "in-process"),
        telemetry: options.telemetry ?? (() => {}),
        writeLog: () => {},
      });
      return (messages, context) => {
        const run = () => handler(messages, context);
        const batch = { messages: messages as Buffer[], context };
        return options.around ? options.around(batch, run, () => exit(1)) : run();
      };
    },
  };
  const checkpoints = createCheckpoints();
  const opened: { host?: FunctionsHost } = {};
  const open = async (deployed: Deployed | undefined) => {
    opened.host = await openFunctionsHost({
      ...{ hub, consumerGroup: GROUP, checkpoints, clock, random },
      ...{ instances: options.instances, ownershipMs: OWNERSHIP_MS, restartMs: RESTART_MS },
      ...(deployed
        ? { ...deployed, environment: { ...services.environment, ...environment, ...deployed.environment } }
        : { worker, hostJson: { version: "2.0", extensions: { eventHubs: options.eventHubs ?? {} } } }),
    });
    return opened.host;
  };
  const start = async () => opened.host ?? open(options.deployed);
  const deadLetters = azureDeadLetters({ container: urls.deadLetters });
  const store = azureStore({ container: urls.container });
  const archive = azureArchive({ container: urls.archive });
  const ingest = azureIngest({ ...options.producer, hub: urls.hub, clock, random });

  return {
    ...{ urls, environment, hub, ingest, deadLetters, start },
    redeploy: async (deployed) => {
      await opened.host?.close();
      return open(deployed);
    },
    get host() {
      if (!opened.host) throw new Error("The host has not been started.");
      return opened.host;
    },
    run: async () => (await start()).drained(),
    stored: () => all(store.query({ limit: 100_000 })),
    letters: () => all(deadLetters.list({ limit: 100_000 })),
    actions: () => services.services.eventGrid.events(boxes.topic).map(({ data }) => data as never),
    archived: async () => (await all(archive.read({}))).map(({ body }) => Buffer.from(body).toString()),
    close: async () => {
      await opened.host?.close();
      await Promise.all([ingest.close(), deadLetters.close(), store.close(), archive.close()]);
    },
  };
}

function variablesOf(hub: string, urls: Provisioned): Record<string, string> {
  return {
    SLUICE_HUB: hub,
    SLUICE_CONSUMER_GROUP: GROUP,
    SLUICE_CONTAINER: urls.container,
    SLUICE_DEAD_LETTERS: urls.deadLetters,
    SLUICE_DEAD_QUEUE: urls.queue,
    SLUICE_ARCHIVE: urls.archive,
    SLUICE_ACTIONS: urls.topic,
  };
}
